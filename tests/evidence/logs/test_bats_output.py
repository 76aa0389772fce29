from __future__ import annotations

import pytest

from healer.evidence.logs.bats_output import failures, tally
from healer.models.evidence import Tally

TEXT = """\
engine.bats
   begin 1 adds1/4 \u2713 adds
   begin 2 adds wrong2/4 \u2717 adds wrong
   (from function `check' in file test/../engine.sh, line 8,
    in test file test/engine.bats, line 14)
     `check -2' failed with status 3
   negative value: -2
 - later (skipped: not today)
 \u2717 slow [1200]
   (in test file test/engine.bats, line 20)
     `false' failed

4 tests, 2 failures, 1 skipped
"""


def test_failing_tests_are_found_with_their_file_and_words() -> None:
    deep, slow = failures(TEXT)
    assert (deep.id, deep.file, deep.line) == ("test/engine.bats::adds wrong", "engine.sh", 8)
    assert deep.message == "`check -2' failed with status 3\nnegative value: -2"
    assert (slow.id, slow.line) == ("test/engine.bats::slow", 20)


def test_tests_that_were_not_run_count_nowhere() -> None:
    assert tally(TEXT) == (TEXT.index("4 tests"), Tally(passed=1, failed=2, skipped=1))
    found = tally(" \u2717 setup_file failed\n\n2 tests, 1 failure, 1 not run\n")
    assert found is not None
    assert found[1] == Tally(failed=1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Finished in 0.1 seconds\n3 tests, 1 failure\n", id="ExUnit"),
        pytest.param("  engine\n    \u2713 adds\n\n  1 passing (3ms)\n", id="Mocha"),
        pytest.param(" \u2717 adds\n   it said no\n", id="no count"),
    ],
)
def test_other_output_is_passed_over(text: str) -> None:
    assert (failures(text), tally(text)) == ((), None)
