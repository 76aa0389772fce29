import pytest


@pytest.mark.parametrize("number", [1, 2])
def test_green(number):
    assert number


@pytest.mark.skip(reason="later")
def test_later():
    pass
