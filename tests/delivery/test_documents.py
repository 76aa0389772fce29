"""The pull request, the summary and the JSON document of whole runs."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from healer.delivery.document import result_document
from healer.delivery.pull_request import BODY_BYTES, pull_request_body, pull_request_title
from healer.delivery.sections import PLAUSIBLE
from healer.delivery.summary import SUMMARY_BYTES, summary
from healer.models.change import Analysis, Usage
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Attempt, Confidence, Delivered, Fix, HealResult, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
EVIL = (
    "@octo-org/team Fixes #1 GH-2 https://evil.example www.evil.example ![i](https://evil.example) [l](javascript:x)\n"
    "<img src=x> <!-- </summary></details>\n```\n~~~\n# heading\n/approve\n\n| a |\n|---|\n\x1b[31m\u202e"
)
OURS = re.compile(r"<details><summary>[\w ]+</summary>\s*|</details>\s*")
COMMANDS = re.compile(r"(?i)@\w|#\d|\bgh-\d|https?://|www\.")


def a_failure(text: str = "", number: int = 0) -> Failure:
    return Failure(
        id=f"tests/test_cart.py::test_{number}{text}",
        name=f"test_{number}{text}",
        kind=CaseOutcome.ERROR,
        type=text or "NameError",
        message=text or "name 'totl' is not defined",
        text=text or "Traceback ...",
    )


def a_result(text: str = "", *, many: int = 1, outcome: Outcome = Outcome.FIXED, big: str = "") -> HealResult:
    clusters = tuple(FailureCluster(f"{n:016x}", (a_failure(text + big, n),)) for n in range(many))
    fix = Fix(
        tree="a" * 40,
        diff=f"--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -1 +1 @@\n-totl\n+total\n{text}{big}",
        paths=(text or "shop/cart.py",),
        engine="embedded",
        model=text or None,
        analysis=Analysis(text or "A misspelt name.", text, text, 0.9),
        proof=("The 1 failing test passes 3 times.", *([text] if text else [])),
        confidence=Confidence(0.81, (text or "1 changed line (+0.5)",)),
    )
    tried = Attempt(1, "embedded", text or None, "regression", text or "test_vat fails now.", f"-a\n+b\n{text}{big}")
    return HealResult(
        outcome=outcome,
        reason="verified",
        sentence=text or "1 failing test case passes again.",
        base="b" * 40,
        diagnosis=Diagnosis(clusters, ()),
        fix=fix if outcome is Outcome.FIXED else None,
        delivered=Delivered("self-heal/0123456789abcdef", "https://github.com/octo/shop/pull/7", 7),
        attempts=(tried,) * many,
        usage=Usage(1000, 200, cost_usd=0.01234),
        seconds=12.3456,
        notes=(text or "Uncommitted changes were left out.",),
    )


def body_of(result: HealResult) -> str:
    assert result.fix is not None
    assert result.diagnosis is not None
    return pull_request_body(result.fix, result.diagnosis, result)


def tokens(text: str) -> Iterator[Token]:
    for block in PARSER.parse(text):
        yield block
        yield from block.children or ()


@pytest.mark.parametrize("make", [body_of, summary], ids=["pull request", "summary"])
def test_foreign_text_everywhere_yields_no_link_image_html_or_mention(make: object) -> None:
    assert callable(make)
    parsed = list(tokens(make(a_result(EVIL))))
    assert not {"link_open", "image", "html_inline", "table_open"} & {token.type for token in parsed}
    assert all(OURS.fullmatch(token.content) for token in parsed if token.type == "html_block")
    words = "".join(token.content for token in parsed if token.type in {"text", "text_special"})
    assert not COMMANDS.search(words.replace("Pull request #7", ""))
    headings = [after.content for token, after in itertools.pairwise(parsed) if token.type == "heading_open"]
    assert set(headings) <= {
        "self-heal: fixed", "To know", "The change", "The proof", "Root cause", "What failed", "What was tried",
        "What it took", "Confidence",
    }  # fmt: skip


@pytest.mark.parametrize(("make", "limit"), [(body_of, BODY_BYTES), (summary, SUMMARY_BYTES)], ids=["pull", "summary"])
@pytest.mark.parametrize("big", ["`" * 70_000, "é\n" * 100_000, "@" * 200_000], ids=["ticks", "lines", "mentions"])
def test_documents_stay_below_their_limits(make: object, limit: int, big: str) -> None:
    assert callable(make)
    assert len(make(a_result(many=40, big=big)).encode()) <= limit


def test_a_title_is_short_and_inert() -> None:
    title = pull_request_title(Diagnosis((FailureCluster("ab", (a_failure(EVIL * 10),)),), ()))
    assert len(title) <= 256
    assert not COMMANDS.search(title)
    assert "`" not in title
    assert "\n" not in title


def test_the_pull_request_answers_what_a_reviewer_asks() -> None:
    body = body_of(a_result())
    for piece in (
        "tests/test_cart.py::test_0", "name 'totl' is not defined", "A misspelt name.", "+total",
        "- The 1 failing test passes 3 times.", PLAUSIBLE, "test\\_vat fails now.", "$0.0123", "12 seconds",
    ):  # fmt: skip
        assert piece in body


def test_a_pull_request_can_be_written_before_the_run_has_ended() -> None:
    result = a_result()
    assert result.fix is not None
    assert result.diagnosis is not None
    assert "What was tried" not in pull_request_body(result.fix, result.diagnosis)


def test_proof_is_printed_in_its_own_words() -> None:
    sentence = "All 3 failing test cases pass, 3 times in a row; none of 120 others fails."
    result = a_result()
    assert result.fix is not None
    told = summary(replace(result, fix=replace(result.fix, proof=(sentence,))))
    assert f"- {sentence}\n" in told


def test_confidence_is_told_with_its_reasons_and_what_follows_from_it() -> None:
    body = body_of(a_result())
    told = "0.81, by the evidence. It is good: this change is worth a review.\n\n- 1 changed line (+0.5)"
    assert f"### Confidence\n\n{told}" in body
    document = result_document(a_result())
    assert (document["confidence"], document["standing"]) == (0.81, "review")
    assert document["confidence_reasons"] == ["1 changed line (+0.5)"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.95, "0.95, by the evidence. It is strong: this change is fit for auto-merge. Auto-merge is not enabled."),
        (0.899, "0.89, by the evidence. It is good: this change is worth a review."),
        (0.7, "worth a review"),
        (0.2, "take this as a draft"),
    ],
)
def test_each_standing_says_what_follows(value: float, words: str) -> None:
    result = a_result()
    assert result.fix is not None
    assert words in summary(replace(result, fix=replace(result.fix, confidence=Confidence(value))))


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (Delivered(), ["fit for auto-merge.\n"]),
        (Delivered("b"), ["fit for auto-merge.\n"]),
        (Delivered("b", "https://x", 7), ["Auto-merge is not enabled.\n"]),
        (Delivered("b", "https://x", 7, auto_merge=True), ["Auto-merge is enabled: GitHub merges it once"]),
        (Delivered("b", "https://x", 7, asked=("ada", "team:core")), ["requested of `ada`, the team `core`.\n"]),
        (Delivered("b", "https://x", 7, notes=("@x was not asked",)), ["To know", "- @\u200bx was not asked"]),
    ],
    ids=["nothing", "a branch", "a pull request", "auto-merge", "reviewers", "a note"],
)
def test_what_followed_is_told_as_it_was_done(done: Delivered, told: list[str]) -> None:
    result = a_result()
    assert result.fix is not None
    fix = replace(result.fix, confidence=Confidence(0.95))
    body = body_of(replace(result, fix=fix, delivered=done))
    assert all(words in body for words in told)
    document = result_document(replace(result, fix=fix, delivered=done))
    assert (document["auto_merge"], document["review_requested"]) == (done.auto_merge, list(done.asked))
    assert set(done.notes) <= set(document["notes"])


def test_what_was_not_weighed_says_nothing_of_confidence() -> None:
    result = a_result()
    assert result.fix is not None
    bare = replace(result, fix=replace(result.fix, confidence=None))
    assert "Confidence" not in body_of(bare)
    assert result_document(bare)["confidence"] is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_summary(outcome: Outcome) -> None:
    told = summary(replace(a_result(outcome=outcome), reason="r"))
    assert told.startswith("## self-heal: ")
    assert "1 failing test case passes again." in told


def test_without_a_fix_the_summary_says_why_each_attempt_fell() -> None:
    told = summary(a_result(outcome=Outcome.NO_FIX))
    assert "- Round 1, the `embedded` engine: **regression**. test\\_vat fails now." in told
    assert "```diff\n-a\n+b\n```" in told
    assert "The proof" not in told


def test_a_run_that_asked_no_model_says_so() -> None:
    assert "no model was asked" in summary(replace(a_result(), usage=Usage()))


def test_the_document_has_every_key_and_is_json() -> None:
    document = json.loads(json.dumps(result_document(a_result())))
    assert set(document) >= {
        "outcome", "reason", "verified", "base", "branch", "pull_request", "patch", "confidence", "cost_usd", "tokens",
        "seconds", "clusters", "attempts", "sentence", "notes",
    }  # fmt: skip
    assert document["outcome"] == "fixed"
    assert document["verified"] is True
    assert document["patch"].startswith("--- a/shop/cart.py")
    assert document["seconds"] == 12.346
    assert set(document["attempts"][0]) == {"round", "engine", "model", "verdict", "why", "diff"}


def test_the_document_of_a_run_without_a_fix_has_the_same_keys() -> None:
    assert set(result_document(a_result(outcome=Outcome.NO_FIX))) == set(result_document(a_result()))
    assert result_document(a_result(outcome=Outcome.NO_FIX))["patch"] is None
