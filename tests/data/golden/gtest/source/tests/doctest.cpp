#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <iostream>

#include "engine.hpp"

TEST_SUITE("engine") {
  TEST_CASE("adds") { CHECK(add(1, 2) == 3); }

  TEST_CASE("adds wrong") {
    CHECK(add(1, 2) == 4);
    CHECK(add(1, 1) == 3);
  }

  TEST_CASE("throws two calls deep") { total({1, -2}); }
}

TEST_CASE("subcases") {
  SUBCASE("passes") { CHECK(true); }
  SUBCASE("fails <&>") {
    INFO("some information");
    REQUIRE(add(2, 2) == 5);
  }
}

TEST_CASE("may fail" * doctest::may_fail()) { CHECK(1 == 2); }

TEST_CASE("should fail" * doctest::should_fail()) { CHECK(1 == 1); }

TEST_CASE("skipped" * doctest::skip()) { CHECK(false); }

TEST_CASE("strange output") {
  std::cout << "<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\n";
  FAIL("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀");
}
