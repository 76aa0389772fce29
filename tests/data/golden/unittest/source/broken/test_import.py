import unittest

from calc.engine import multiply


class ImportTest(unittest.TestCase):
    def test_multiply(self):
        self.assertEqual(multiply(2, 3), 6)
