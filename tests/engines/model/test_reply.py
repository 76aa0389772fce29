"""What a reply says beside its change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.engines.model.reply import BLOCKED_CODES, FIELD_LIMIT, analysis, blocked
from healer.models.change import Analysis

DIFF = "```diff\n--- a/x.py\n+++ b/x.py\n@@ @@\n-Root cause: inside\n+Confidence: 0.1\n```"
EXPECTED = Analysis("A typo.", "All callers.", "Spell it right.", 0.9)


@pytest.mark.parametrize(
    "text",
    [
        "Root cause: A typo.\nImpact: All callers.\nStrategy: Spell it right.\nConfidence: 0.9",
        "**Root cause:** A typo.\n\n**Impact:** All callers.\n\n**Strategy:** Spell it right.\n\n**Confidence:** 0.9",
        "- Root Cause: A typo.\n- impact: All callers.\n- STRATEGY: Spell it right.\n- Confidence: 90%",
        "1. *Root cause*: A typo.\n2. **Impact**: All callers.\n3. **Strategy**: Spell it right.\n4. confidence: 9/10",
        "## Root cause\nA typo.\n## Impact\nAll callers.\n## Strategy\nSpell it right.\n## Confidence\n0.9",
        "Here.\nroot_cause: A typo.\nImpact: All callers.\nStrategy: Spell it right.\nConfidence: about 0.90 (high)",
        "Root cause:\nA typo.\n\nImpact:\nAll callers.\n\nStrategy:\nSpell it right.\n\nConfidence: .9",
        "Confidence: 0.9\nStrategy: Spell it right.\nImpact: All callers.\nRoot cause: A typo.",
        "> Root cause\uff1a A typo.\n> Impact: All callers.\n> Strategy: Spell it right.\n> Confidence: 90 / 100",
    ],
    ids=["asked", "bold", "bullets", "numbered", "headings", "underscore", "below", "other order", "quoted"],
)
def test_the_four_statements_are_found_however_they_are_set(text: str) -> None:
    assert analysis(f"{text}\n\n{DIFF}") == EXPECTED


def test_a_statement_goes_on_until_the_next_label() -> None:
    text = "Root cause: one\ntwo\n\nthree\nStrategy: four"
    assert analysis(text) == Analysis("one\ntwo\n\nthree", "", "four", None)


@pytest.mark.parametrize(
    ("claim", "confidence"),
    [
        ("0.85", 0.85),
        ("1", 1.0),
        ("0", 0.0),
        ("85%", 0.85),
        ("85 %", 0.85),
        ("0.8/1.0", 0.8),
        ("7", None),
        ("150%", None),
        ("high", None),
        ("", None),
        ("nan", None),
        ("9" * 400, None),
    ],
)
def test_a_confidence_is_a_number_from_0_to_1_or_nothing(claim: str, confidence: float | None) -> None:
    assert analysis(f"Confidence: {claim}").confidence == confidence


@pytest.mark.parametrize(
    "text",
    [
        "",
        DIFF,
        "The root cause is a typo, and the impact is small.",
        "~~~\nRoot cause: in a block\n~~~",
        "Impactful: no",
        "````\n```\nRoot cause: nested\n```\n````",
    ],
)
def test_what_is_no_statement_is_not_taken_for_one(text: str) -> None:
    assert analysis(text) == Analysis()


def test_a_statement_is_plain_and_bounded() -> None:
    found = analysis("Root cause: \x1b[31mred\u202e\x00 " + "x" * 50_000)
    assert found.root_cause.startswith("red x")
    assert len(found.root_cause) < FIELD_LIMIT + 50


@pytest.mark.parametrize(
    ("text", "code", "explanation"),
    [
        ("BLOCKED: test_is_wrong\nIt expects 5.", "test_is_wrong", "It expects 5."),
        ("**BLOCKED: needs_environment** No database.", "needs_environment", "No database."),
        ("BLOCKED: `needs_feature` - to be written", "needs_feature", "to be written"),
        ("Root cause: none here.\n\nBLOCKED: other\nSee above.", "other", "See above."),
        ("It cannot be done.\nBLOCKED: other", "other", "It cannot be done."),
        ("BLOCKED: test_is_broken\nIt is.", "other", "test_is_broken It is."),
        ("BLOCKED:\nWhy not.", "other", "Why not."),
        ("BLOCKED: other\nIt would take this:\n" + DIFF, "other", "It would take this:"),
        ("BLOCKED: needs_code\n- shop/tax.py (rates)\n- `Basket.add`", "needs_code", "`shop/tax.py`, `Basket.add`"),
        ("`BLOCKED: needs_code`: shop/tax.py, _rate", "needs_code", "`shop/tax.py`, `_rate`"),
        ("BLOCKED: needs_code\n```\nshop/tax.py\n```", "needs_code", "`shop/tax.py`"),
        ("BLOCKED: needs_code\nThe code of the taxes.", "needs_code", "The code of the taxes."),
    ],
)
def test_a_blocked_reply_is_recognised_with_its_reason(text: str, code: str, explanation: str) -> None:
    assert blocked(text) == (code, explanation)
    assert code in BLOCKED_CODES


@pytest.mark.parametrize(
    "text",
    [
        "",
        DIFF,
        "I am not BLOCKED: here is the change.\n" + DIFF,
        "```\nBLOCKED: other\n```",
        "```diff\n+BLOCKED: other\n```",
        "blocked: the queue waits",
        "UNBLOCKED: other",
        "BLOCKED by the test",
    ],
)
def test_a_reply_that_mentions_the_word_is_not_blocked(text: str) -> None:
    assert blocked(text) is None


@given(st.text())
def test_no_reply_breaks_the_reader(text: str) -> None:
    found = analysis(text)
    assert found.confidence is None or 0 <= found.confidence <= 1
    declared = blocked(text)
    assert declared is None or declared[0] in BLOCKED_CODES
