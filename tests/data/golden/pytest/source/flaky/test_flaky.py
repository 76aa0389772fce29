import pathlib
import tempfile

MARK = pathlib.Path(tempfile.gettempdir(), "calc-flaky-mark")


def test_flaky():
    seen = MARK.exists()
    MARK.touch()
    assert seen, "first try fails"


def test_always_fails():
    assert 1 == 2


def test_steady():
    assert True
