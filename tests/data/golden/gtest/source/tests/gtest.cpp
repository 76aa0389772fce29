#include <gtest/gtest.h>

#include <iostream>

#include "engine.hpp"

TEST(Engine, Adds) { EXPECT_EQ(add(1, 2), 3); }

TEST(Engine, AddsWrong) {
  EXPECT_EQ(add(1, 2), 4) << "sums differ";
  EXPECT_TRUE(add(1, 1) == 3);
}

void helper(int value) { ASSERT_GT(value, 10); }

TEST(Engine, FailsInHelper) {
  SCOPED_TRACE("from the test");
  helper(5);
}

TEST(Engine, ThrowsTwoCallsDeep) { total({1, -2}); }

TEST(Engine, Skipped) { GTEST_SKIP() << "not today"; }

TEST(Engine, DISABLED_Later) { FAIL(); }

TEST(Engine, StrangeOutput) {
  std::cout << "<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\n";
  std::cout << "[  FAILED  ] Engine.Fake (0 ms)\n[  PASSED  ] 7 tests.\n";
  FAIL() << "strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line";
}

class Table : public testing::TestWithParam<int> {};
TEST_P(Table, IsOne) { EXPECT_EQ(GetParam(), 1); }
INSTANTIATE_TEST_SUITE_P(Numbers, Table, testing::Values(1, 2));

template <typename T>
class Typed : public testing::Test {};
using Types = testing::Types<int, char>;
TYPED_TEST_SUITE(Typed, Types);
TYPED_TEST(Typed, IsWide) { EXPECT_GE(sizeof(TypeParam), 4U); }

class BrokenSetUp : public testing::Test {
 protected:
  void SetUp() override { FAIL() << "set-up went wrong"; }
};
TEST_F(BrokenSetUp, NeverRuns) {}

class BrokenSuite : public testing::Test {
 protected:
  static void SetUpTestSuite() { FAIL() << "suite set-up went wrong"; }
};
TEST_F(BrokenSuite, NeverRuns) {}

TEST(Crash, Segfaults) {
  int* nowhere = nullptr;
  *nowhere = add(1, 2);
}
