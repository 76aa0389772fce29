"""What jobs hand to each other: what is written is read again, and what is anything else is refused in a sentence."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from healer.errors import UsageError
from healer.handover.documents import (
    MOST_BYTES,
    MOST_VALUES,
    Blame,
    Candidate,
    End,
    Findings,
    ProposalDocument,
    ProvedChange,
    VerdictDocument,
    WrittenFile,
    read,
    schema,
    written,
)
from healer.models.change import Analysis, Usage
from healer.models.code import ChangedRange, Location
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, Rule, StackFrame
from healer.models.outcome import Attempt, Confidence, Outcome

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
FAILURE = Failure(
    "test_a.py::test_a[\N{SNOWMAN}]", "test_a", CaseOutcome.FAILED, file="test_a.py", line=3, type="AssertionError",
    frames=(StackFrame("a.py", 1, "f"),), rule=Rule("B1", severity=7.5, tags=("x",)),
)  # fmt: skip
FINDINGS = Findings(
    (FailureCluster("f" * 16, (FAILURE,)),),
    (Location("a.py", 1, 2, "f", 0.5, ("it ran",)),),
    Blame("c" * 40, (ChangedRange("a.py", 1, 1, ("old\n",)),), frozenset({FAILURE.id})),
)
CHANGE = Candidate("anthropic", "m", Analysis("cause", confidence=0.9), (WrittenFile("a.py", b"\xff\0new\n"),), "diff")
ATTEMPT = Attempt(1, "anthropic", "m", "still-failing", "fails", "diff", Analysis("x"), (FAILURE,), (), ("gone",))
PROPOSAL = ProposalDocument(
    document="self-heal/proposal", version=1, base="b" * 40, round=1, findings=FINDINGS, candidates=(CHANGE,),
    attempts=(ATTEMPT,), usage=Usage(1, 2, 3, 4, 0.5),
)  # fmt: skip
VERDICT = VerdictDocument(
    document="self-heal/verdict", version=1, base="b" * 40, round=1, end=End(Outcome.FIXED, "verified", "repaired"),
    findings=FINDINGS, attempts=(ATTEMPT,),
    proved=ProvedChange(CHANGE, ("it passes",), ("other",), 1, Confidence(0.8, ("why",))), partial=(CHANGE,),
    usage=Usage(1), seconds=1.5, notes=("note",),
)  # fmt: skip


def test_what_is_written_is_read_again() -> None:
    assert read(written(PROPOSAL), ProposalDocument, "p") == PROPOSAL
    assert read(written(VERDICT), VerdictDocument, "v") == VERDICT


def test_text_that_is_no_character_is_told_as_a_question_mark() -> None:
    document = written(VERDICT).replace(b"repaired", b"repaired \\ud800")
    with pytest.raises(UsageError, match="is no verdict of ours"):
        read(document, VerdictDocument, "v")
    end = End(Outcome.NO_FIX, "x", "lone \udc80")
    odd = VerdictDocument(document="self-heal/verdict", version=1, base="b" * 40, round=0, end=end, findings=Findings())
    assert read(written(odd), VerdictDocument, "v").end.sentence == "lone ?"


def changed(**values: Any) -> bytes:
    return json.dumps({**json.loads(written(VERDICT)), **values}).encode()


def without(name: str) -> bytes:
    content = json.loads(written(VERDICT))
    del content[name]
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", r"v\.json is no verdict of ours \(Invalid JSON", id="nothing"),
        pytest.param(b"\xff", "Invalid JSON", id="no text"),
        pytest.param(b"[" * 100_000, "Invalid JSON", id="too deep"),
        pytest.param(b"[]", "should be an object", id="a list"),
        pytest.param(changed(version=2), "of another version of self-heal; use the same release", id="another version"),
        pytest.param(changed(document="self-heal/proposal"), "document: Input should be", id="the other document"),
        pytest.param(without("base"), r"base: Field required", id="a field lacking"),
        pytest.param(changed(extra=1), "extra: ", id="a field too many"),
        pytest.param(changed(base="HEAD"), "base: String should match", id="a base that is no commit"),
        pytest.param(changed(base="b" * 40 + "\n"), "base: String should match", id="a base with a line's end"),
        pytest.param(changed(round=4), "round: ", id="a round too many"),
        pytest.param(changed(round="1"), "round: Input should be a valid integer", id="a number as text"),
        pytest.param(changed(seconds=float("inf")), "beyond all bounds", id="endless seconds"),
        pytest.param(changed(seconds=float("nan")), "beyond all bounds", id="no number"),
        pytest.param(changed(end={"outcome": "won", "reason": "", "sentence": ""}), r"end\.outcome: ", id="no outcome"),
        pytest.param(changed(partial=[json.loads(written(VERDICT))["partial"][0]] * 17), "partial: ", id="too many"),
        pytest.param(changed(notes=[1]), r"notes\.0: ", id="a note that is no text"),
        pytest.param(
            changed(seconds=77).replace(b"77", b"7" * 4000),
            "a number beyond all bounds",
            id="a number that nobody can write",
        ),
        pytest.param(changed(usage={"cost_usd": float("nan")}), "a number beyond all", id="a cost that is no number"),
        pytest.param(changed(usage={"cost_usd": 1}).replace(b": 1}", b": 1e999}"), "beyond all", id="endless cost"),
        pytest.param(b"[" + b"1," * MOST_VALUES + b"1]", "more than 1000000 values", id="too many values"),
        pytest.param(b'"' + b'\\"' * 1_000_000, "Invalid JSON", id="texts without an end"),
        pytest.param(b" " * (MOST_BYTES + 1), "larger than 32 MiB", id="too large"),
    ],
)
def test_what_is_no_verdict_is_refused_in_a_sentence(data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        read(data, VerdictDocument, "v.json")
    assert refused.value.sentence.startswith("v.json ")
    assert len(refused.value.sentence) < 500
    assert refused.value.code == "bad_document"


def test_numbers_and_commas_in_texts_are_texts() -> None:
    notes = ["9" * 5000, "," * (MOST_VALUES + 1), "NaN, 1e999 \\", '"', "\\"]
    assert read(changed(notes=notes), VerdictDocument, "v.json").notes == tuple(notes)


def test_content_that_is_no_base64_is_refused() -> None:
    with pytest.raises(UsageError, match=r"content"):
        read(written(VERDICT).replace(b'"content": "', b'"content": "*'), VerdictDocument, "v.json")


NAMES = st.sampled_from(["end", "base", "round", "files", "proved", "findings"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner))


@given(st.sampled_from(["end", "findings", "attempts", "proved", "partial", "notes", "seconds"]), ANYTHING)
def test_any_json_in_any_place_is_read_or_refused(name: str, value: Any) -> None:
    with contextlib.suppress(UsageError):
        assert read(changed(**{name: value}), VerdictDocument, "v.json").base == VERDICT.base


NO_FIX = {"end": End(Outcome.NO_FIX, "", ""), "proved": None}


@pytest.mark.parametrize(
    ("change", "rounds", "is_open"),
    [
        pytest.param(NO_FIX, 3, True, id="no repair yet"),
        pytest.param(NO_FIX, 1, False, id="no round left"),
        pytest.param({"end": End(Outcome.REJECTED, "", ""), "proved": None}, 3, True, id="all refused"),
        pytest.param({"end": End(Outcome.FLAKY, "", ""), "proved": None}, 3, False, id="flaky"),
        pytest.param({"end": End(Outcome.ENVIRONMENT, "", ""), "proved": None}, 3, False, id="the environment"),
        pytest.param({**NO_FIX, "findings": Findings()}, 3, False, id="nothing fails"),
        pytest.param({}, 3, True, id="a part is repaired"),
        pytest.param({"proved": ProvedChange(CHANGE, ())}, 3, False, id="all is repaired"),
    ],
)  # fmt: skip
def test_a_model_is_asked_for_more_only_where_code_can_be_at_fault(
    change: dict[str, Any], rounds: int, *, is_open: bool
) -> None:
    fields = {name: getattr(VERDICT, name) for name in VerdictDocument.__dataclass_fields__}
    assert VerdictDocument(**{**fields, **change}).is_open(rounds) is is_open


@pytest.mark.parametrize(("name", "kind"), [("proposal", ProposalDocument), ("verdict", VerdictDocument)])
def test_the_schema_in_the_repository_is_that_of_the_code(
    name: str, kind: type[ProposalDocument | VerdictDocument]
) -> None:
    assert json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")) == schema(kind)


@pytest.mark.parametrize(("name", "document"), [("proposal", PROPOSAL), ("verdict", VERDICT)])
def test_documents_keep_to_the_schema(name: str, document: ProposalDocument | VerdictDocument) -> None:
    known = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    content = json.loads(written(document))
    Draft202012Validator(known).validate(content)
    with pytest.raises(ValidationError):
        Draft202012Validator(known).validate({**content, "base": "HEAD"})
