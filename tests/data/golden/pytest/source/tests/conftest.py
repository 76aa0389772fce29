import pytest

from calc.engine import lookup


@pytest.fixture
def broken_setup():
    return lookup("missing")


@pytest.fixture
def broken_teardown():
    yield 1
    raise RuntimeError("teardown went wrong")
