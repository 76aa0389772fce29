#define BOOST_TEST_MODULE calc
#include <boost/test/data/test_case.hpp>
#include <boost/test/included/unit_test.hpp>

#include <iostream>

#include "engine.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(engine)

BOOST_AUTO_TEST_CASE(adds) { BOOST_TEST(add(1, 2) == 3); }

BOOST_AUTO_TEST_CASE(adds_wrong) {
  BOOST_TEST(add(1, 2) == 4, "sums differ");
  BOOST_CHECK_EQUAL(add(1, 1), 3);
}

BOOST_AUTO_TEST_CASE(throws_two_calls_deep) { total({1, -2}); }

BOOST_AUTO_TEST_CASE(skipped, *boost::unit_test::disabled()) { BOOST_TEST(false); }

BOOST_AUTO_TEST_CASE(expected_to_fail, *boost::unit_test::expected_failures(1)) { BOOST_TEST(1 == 2); }

BOOST_DATA_TEST_CASE(table, data::make({1, 2}), number) { BOOST_TEST(number == 1); }

BOOST_AUTO_TEST_CASE(no_assertions) {}

BOOST_AUTO_TEST_CASE(strange_output) {
  std::cout << "<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\n";
  std::cout << "*** No errors detected\n";
  BOOST_FAIL("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀");
}

BOOST_AUTO_TEST_SUITE_END()

struct Broken {
  Broken() { ratio(1, 0); }
};

BOOST_FIXTURE_TEST_CASE(never_runs, Broken) { BOOST_TEST(true); }
