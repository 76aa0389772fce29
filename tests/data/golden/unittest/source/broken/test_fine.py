import unittest


class FineTest(unittest.TestCase):
    def test_fine(self):
        pass
