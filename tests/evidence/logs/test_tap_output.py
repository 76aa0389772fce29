from __future__ import annotations

import pytest

from healer.evidence.logs.tap_output import failures, tally
from healer.models.evidence import Tally

TEXT = """\
> calc@1.0.0 test
> bats test

1..2
ok 1 fine
not ok 2 fails
# (in test file test/a.bats, line 7)
#   `false' failed
npm ERR! code 1
"""


def test_points_that_failed_are_found_between_other_output() -> None:
    (failure,) = failures(TEXT)
    assert (failure.id, failure.file, failure.line) == ("test/a.bats::fails", "test/a.bats", 7)
    assert failure.message.startswith("`false' failed")


def test_the_tally_stands_at_the_last_point() -> None:
    found = tally(TEXT)
    assert found == (TEXT.index("not ok 2"), Tally(passed=1, failed=1))


def test_a_plan_that_was_not_kept_is_a_failure() -> None:
    (failure,) = failures("1..3\nok 1 - a\nok 2 - b\nSegmentation fault\n")
    assert failure.message == "3 tests were planned, but 2 ran\nSegmentation fault"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("ok  \texample.com/a\t0.1s\n", id="go"),
        pytest.param("collected 3 items\nok 1.5\n1..5\n", id="numbers"),
        pytest.param("Ran 2 tests in 0.1s\n\nOK\n", id="unittest"),
        pytest.param("t/a.t ..\n1..1\nok 1\nFiles=1, Tests=1,  0 wallclock secs\nResult: PASS\n", id="prove sums up"),
    ],
)
def test_it_is_silent_on_other_output(text: str) -> None:
    assert failures(text) == ()
    assert tally(text) is None
