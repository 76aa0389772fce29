from __future__ import annotations

from dataclasses import replace

import pytest

from healer.engines.model.fencing import Fence
from healer.engines.model.sections import failures, locations
from healer.models.code import Location
from healer.models.evidence import CaseOutcome, Failure
from tests.engines.model.kinds import OTHER_LANGUAGE, SCRIPT, failing
from tests.engines.model.shop import BASKET, FAILURE, MARKER, Files

FENCE = Fence(MARKER, str)
SOURCE = Files({"shop/basket.py": BASKET, "ci/smoke.sh": "true\n"})


def told(failure: Failure) -> str:
    return failures(failing(failure), SOURCE, FENCE)


def ranked(*lines: int, worth: float = 0.9, why: str = "ran in the failing test") -> tuple[Location, ...]:
    return tuple(Location("shop/basket.py", line, line, "Basket.total", worth, (why,)) for line in lines)


def placed(*found: Location) -> str:
    return locations(found, (), SOURCE, FENCE, 6)


@pytest.mark.parametrize(
    ("failure", "head"),
    [
        (SCRIPT, "[1] the command that has to pass: python job.py (error)\n"),
        (
            replace(SCRIPT, id="sh ci/smoke.sh python", file="ci/smoke.sh"),
            "[1] the command that has to pass: sh ci/smoke.sh python (error)\n",
        ),
        (replace(FAILURE, type=None, kind=CaseOutcome.ERROR), "[1] tests/test_basket.py::test_discount (error)\n"),
        (replace(FAILURE, type=None), "[1] tests/test_basket.py::test_discount (failed: assertion)\n"),
        (OTHER_LANGUAGE, "[1] web/cart.test.ts > total > sums (failed: AssertionError)\n"),
    ],
    ids=["check", "script", "error of no kind", "failure of no kind", "test that names its file"],
)
def test_what_fails_is_named_for_what_it_is(failure: Failure, head: str) -> None:
    assert told(failure).startswith(head)


def test_a_message_that_the_trace_holds_in_other_lines_is_told_once() -> None:
    said = replace(
        FAILURE, message="expected to be equal:true !== false", text="Error: expected to be equal:\n\ntrue !== false"
    )
    assert told(said).count("expected to be equal") == 1
    assert told(replace(said, message="something else")).count("something else") == 1


def test_a_reason_that_names_its_own_place_leaves_the_name_out_and_is_told_once() -> None:
    first = ranked(9, why="frame 2 of 2 in the traceback of [1]")
    second = ranked(8, worth=0.5, why="Basket.total is frame 2 of 2 in the traceback of [1]")
    assert placed(*first, *second).split("\n")[0] == (
        "1. Basket.total (shop/basket.py), line 9: frame 2 of 2 in the traceback of [1]"
    )
    assert "Basket.totals is called" in placed(*ranked(9, why="Basket.totals is called by [1]"))


def test_lines_that_are_all_as_suspicious_are_told_as_a_range_and_none_is_quoted() -> None:
    assert placed(*ranked(8, 6, 9)) == "1. Basket.total (shop/basket.py), lines 6-9: ran in the failing test"
    assert placed(*ranked(8, 9)).count("\n") == 2
