import unittest

from calc.engine import add, ratio


class LegacyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = 1

    def test_add(self):
        self.assertEqual(add(self.base, 1), 2)

    def test_equal_fails(self):
        self.assertEqual(add(self.base, 1), 3, "sums differ")

    def test_subtest_fails(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(number, 1)


class BrokenClassSetup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ratio(1, 0)

    def test_never_runs(self):
        pass

    def test_never_runs_either(self):
        pass
