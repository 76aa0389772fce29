from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from healer.models.outcome import Opinion, Standing
from healer.models.proof import GradedBy
from healer.verification.confidence import Grounds, weigh

USUAL = Grounds(GradedBy.RECORD, lines=1)
ACCEPTED, DOUBTED = Opinion(True, "", "judge"), Opinion(False, "It breaks for zero.", "judge")  # noqa: FBT003 - reads well


@pytest.mark.parametrize(
    ("changed", "standing"),
    [
        ({}, Standing.AUTO_MERGE),
        ({"lines": 8}, Standing.REVIEW),
        ({"lines": 8, "agreeing": 1}, Standing.AUTO_MERGE),
        ({"rivals": 1}, Standing.REVIEW),
        ({"flags": 1}, Standing.REVIEW),
        ({"flags": 2, "rank": 0}, Standing.DRAFT),
        ({"graded_by": GradedBy.EXIT_STATUS}, Standing.DRAFT),
        ({"graded_by": GradedBy.REPORT}, Standing.AUTO_MERGE),
        ({"lines": 60, "files": 4, "rank": None}, Standing.DRAFT),
        ({"rivals": 3, "rank": 0}, Standing.DRAFT),
        ({"agreeing": 2, "opinion": DOUBTED}, Standing.DRAFT),
    ],
    ids=lambda value: value if isinstance(value, Standing) else " ".join(value) or "one line in the best place",
)
def test_evidence_decides_what_a_change_is_good_for(changed: dict[str, Any], standing: Standing) -> None:
    assert weigh(replace(USUAL, **changed)).standing is standing


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": 3}, {"lines": 11}, {"lines": 41}, {"files": 2}, {"rivals": 1}, {"rank": 2}, {"rank": None},
        {"rank": 0}, {"flags": 1}, {"remaining": 1}, {"graded_by": GradedBy.REPORT}, {"graded_by": GradedBy.OUTPUT},
        {"opinion": DOUBTED},
    ],
    ids=str,
)  # fmt: skip
def test_thinner_evidence_lowers_confidence(changed: dict[str, Any]) -> None:
    assert weigh(replace(USUAL, **changed)).value < weigh(USUAL).value


def test_agreement_raises_it() -> None:
    values = [weigh(replace(USUAL, agreeing=number)).value for number in range(4)]
    assert values[0] < values[1] < values[2] == values[3]


@pytest.mark.parametrize("lines", [1, 8, 30, 90])
def test_a_reviewer_s_word_can_only_lower_it(lines: int) -> None:
    without = replace(USUAL, lines=lines)
    assert weigh(replace(without, opinion=ACCEPTED)).value == weigh(without).value
    assert weigh(replace(without, opinion=DOUBTED)).value < min(0.7, weigh(without).value)


def test_every_reason_is_told_with_its_weight() -> None:
    grounds = Grounds(GradedBy.OUTPUT, 50, 3, 1, 2, 0, 1, 4, DOUBTED)
    assert weigh(grounds).reasons == (
        "the outcomes were read from what the runner printed (-0.6)",
        "50 changed lines (-1.0)",
        "it touches 3 files (-0.8)",
        "1 other proposal made the same change independently (+0.8)",
        "2 different changes pass the same tests (-1.4)",
        "it changes nothing that was suspicious (-0.6)",
        "the detectors want 1 thing looked at (-0.8)",
        "4 failing test cases remain (-0.5)",
        "judge reviewed the change and doubts it: It breaks for zero. (-1.5)",
    )


def test_it_stays_a_probability_whatever_speaks_against_it() -> None:
    worst = weigh(Grounds(GradedBy.EXIT_STATUS, 10**6, 10**6, 0, 10**6, 0, 10**6, 10**6, DOUBTED))
    assert 0.0 <= worst.value < 0.01
    assert weigh(Grounds(GradedBy.RECORD, 0, agreeing=10**6)).value <= 1.0
