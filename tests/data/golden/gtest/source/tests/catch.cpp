#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#include <catch2/catch_reporter_sonarqube.hpp>
#include <catch2/catch_reporter_tap.hpp>

#include <iostream>

#include "engine.hpp"

TEST_CASE("adds", "[engine]") { REQUIRE(add(1, 2) == 3); }

TEST_CASE("adds wrong", "[engine]") {
  CHECK(add(1, 2) == 4);
  CHECK(add(1, 1) == 3);
}

TEST_CASE("throws two calls deep") { total({1, -2}); }

TEST_CASE("sections") {
  SECTION("passes") { REQUIRE(true); }
  SECTION("fails <&>") {
    INFO("some information");
    REQUIRE(add(2, 2) == 5);
  }
}

TEST_CASE("may fail", "[!mayfail]") { REQUIRE(1 == 2); }

TEST_CASE("should fail", "[!shouldfail]") { REQUIRE(1 == 1); }

TEST_CASE("hidden", "[.]") { REQUIRE(false); }

TEST_CASE("strange output") {
  std::cout << "<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\n";
  std::cout << "All tests passed (7 assertions in 7 test cases)\n";
  FAIL("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀");
}

TEST_CASE("no assertions") {}
