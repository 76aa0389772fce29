import sys
import unittest

from calc.engine import add, parse, ratio, total


class EngineTest(unittest.TestCase):
    """What the engine can do."""

    def test_add(self):
        self.assertEqual(add(1, 2), 3)

    def test_with_docstring(self):
        """Adding two and two gives five."""
        self.assertEqual(add(2, 2), 5)

    def test_total_two_calls_deep(self):
        self.assertEqual(total([1, -2]), -1)

    def test_ratio_chained(self):
        self.assertEqual(ratio(1, 0), 0)

    def test_parse_inside_library(self):
        self.assertEqual(parse("{not json"), 1)

    @unittest.skip("not today")
    def test_skipped(self):
        raise AssertionError

    @unittest.expectedFailure
    def test_expected_failure(self):
        self.assertEqual(add(1, 1), 3)

    @unittest.expectedFailure
    def test_unexpected_success(self):
        self.assertEqual(add(1, 1), 2)

    def test_subtests(self):
        for number, text in ((1, "one"), (2, "two words"), (3, "<&>]]>")):
            with self.subTest("message", number=number, text=text):
                self.assertEqual(number, 1)

    def test_strange_output(self):
        print("<out> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀")
        print("OK")
        print("Ran 7 tests in 0.001s", file=sys.stderr)
        raise ValueError("strange <message> & ]]> \x1b[31mred\x1b[0m \x01 é漢😀\nsecond line")

    def test_long_difference(self):
        self.assertEqual(["a", "b", {"c": 1}], ["a", "b", {"c": 2}], "lists differ here")


class BrokenSetUp(unittest.TestCase):
    def setUp(self):
        ratio(1, 0)

    def test_never_runs(self):
        pass


class BrokenClassSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        total([-1])

    def test_never_runs(self):
        pass


class BrokenTearDown(unittest.TestCase):
    def tearDown(self):
        raise RuntimeError("teardown went wrong")

    def test_passes_first(self):
        pass

    def test_fails_first(self):
        self.fail("failed first")
