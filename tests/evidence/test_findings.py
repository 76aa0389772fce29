from __future__ import annotations

import math

import pytest

from healer.evidence.findings import finding_of, rule_of
from healer.models.evidence import CaseOutcome, Rule, StackFrame


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"file": "a.py", "line": 3, "column": 7}, "a.py:3:7: R1"),
        ({"file": "a.py", "line": 3}, "a.py:3: R1"),
        ({"file": "a.py", "column": 7}, "a.py: R1"),
        ({"file": "a.py", "line": 0, "column": 0}, "a.py: R1"),
        ({"place": "pkg.f"}, "pkg.f: R1"),
        ({"file": "a.py", "place": "pkg.f", "line": 1}, "a.py:1: R1"),
        ({"file": "/home/runner/work/shop/shop/src/a.py", "line": 1}, "src/a.py:1: R1"),
        ({"file": "D:\\a\\shop\\shop\\src\\a.cs", "line": 1}, "src/a.cs:1: R1"),
        ({"file": "/elsewhere/src/a.py", "line": 1}, "/elsewhere/src/a.py:1: R1"),
        ({"file": "a.py", "line": 1, "is_of_rule": False}, "a.py:1"),
        ({"is_of_rule": False}, "R1"),
        ({}, "R1"),
    ],
    ids=str,
)
def test_the_id_says_what_is_known_of_the_place_and_the_rule(place: dict[str, str], expected: str) -> None:
    finding = finding_of(rule_of("R1"), tool="tool", message="why", **place)  # type: ignore[arg-type] # a table's row
    assert (finding.id, finding.suite, finding.name, finding.type) == (expected, "tool", "R1", "R1")
    assert (finding.message, finding.text, finding.kind) == ("why", "why", CaseOutcome.FAILED)


def test_an_unnamed_rule_is_no_part_of_the_id_where_the_place_is_known() -> None:
    assert finding_of(rule_of(""), tool="t", file="a.py", line=3).id == "a.py:3"
    assert finding_of(rule_of(""), tool="t").id == "unnamed rule"


def test_a_finding_without_a_file_takes_none_from_its_flow() -> None:
    finding = finding_of(rule_of("R1"), tool="t", message="why", frames=(StackFrame("src/a.py", 3),))
    assert (finding.file, finding.line) == (None, None)


def test_the_message_is_not_taken_for_a_python_trace() -> None:
    finding = finding_of(rule_of("no-undef"), tool="t", message="ValueError: 'x' is not defined")
    assert (finding.type, finding.message) == ("no-undef", "ValueError: 'x' is not defined")


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("8.1", 8.1), (9, 9.0), (0, 0.0), ("10.0", 10.0), ("11", None), (-1, None), ("high", None), (None, None),
        (True, None), (math.nan, None), ("inf", None), ([8], None), (10**400, None),
    ],
    ids=lambda value: str(value)[:10],
)  # fmt: skip
def test_a_severity_is_a_number_from_nought_to_ten(severity: object, expected: float | None) -> None:
    assert rule_of("R1", severity=severity).severity == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/R1", "https://example.org/R1"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://example.org/a b", None),
        ("https://example.org/\n::add-mask::x", None),
        ("", None),
    ],
)
def test_an_address_is_one_of_the_web(url: str, expected: str | None) -> None:
    assert rule_of("R1", url=url).url == expected


def test_what_a_rule_says_is_cleaned_and_bounded() -> None:
    rule = rule_of(
        " R\x1b[31m1\n", name="n" * 10_000, description="d" * 10_000, help_text="h" * 100_000, tags=("a", "", "a") * 100
    )
    assert (rule.id, len(rule.name), len(rule.description), len(rule.help)) == ("R1", 4_096, 2_000, 16_384)
    assert rule.tags == ("a",)
    assert rule_of("") == Rule(id="unnamed rule")
