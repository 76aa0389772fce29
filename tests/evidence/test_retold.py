"""What a report leaves out is told as it was printed, of the same test case only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.evidence.retold import retold
from healer.models.evidence import CaseOutcome, Failure, StackFrame

BARE = Failure("/w/tree/test/a.test.js", "/w/tree/test/a.test.js", CaseOutcome.FAILED, message="test failed")
FRAMES = (StackFrame("lib/half.js", 2),)
PRINTED = Failure(
    "test/a.test.js", "test/a.test.js", CaseOutcome.ERROR, file="lib/half.js", line=2, type="SyntaxError",
    message="Unexpected token", text="lib/half.js:2", frames=FRAMES,
)  # fmt: skip


def test_a_failure_without_a_place_is_told_as_it_was_printed_under_its_own_name() -> None:
    (told,) = retold([BARE], lambda: [replace(PRINTED, id="test/b.test.js"), PRINTED])
    assert told == replace(PRINTED, id=BARE.id, name=BARE.name, kind=BARE.kind)


@pytest.mark.parametrize(
    ("failure", "printed"),
    [
        pytest.param(BARE, [], id="nothing was printed"),
        pytest.param(BARE, [replace(PRINTED, id="a.test.jsx")], id="another test case"),
        pytest.param(BARE, [replace(PRINTED, id="st/a.test.js")], id="part of a name"),
        pytest.param(BARE, [replace(PRINTED, frames=())], id="no place there either"),
        pytest.param(BARE, [PRINTED, PRINTED], id="printed twice"),
        pytest.param(replace(BARE, frames=FRAMES), [PRINTED], id="the report has a stack"),
        pytest.param(replace(BARE, file="test/a.test.js"), [PRINTED], id="the report names a file"),
    ],
)
def test_a_failure_stays_as_it_is_reported(failure: Failure, printed: list[Failure]) -> None:
    assert retold([failure], lambda: printed) == (failure,)


def test_the_output_is_not_read_where_the_report_says_enough() -> None:
    placed = replace(BARE, frames=FRAMES)
    assert retold([placed], lambda: 1 / 0) == (placed,)  # type: ignore[arg-type,return-value] # it is never asked
