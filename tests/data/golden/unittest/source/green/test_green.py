import unittest


class GreenTest(unittest.TestCase):
    def test_green(self):
        self.assertTrue(True)

    @unittest.skip("later")
    def test_later(self):
        pass
