from __future__ import annotations

from dataclasses import replace

import pytest

from healer.engines.model import sections
from healer.engines.model.fencing import Fence
from healer.models.evidence import Failure, FailureCluster, Rule, StackFrame
from tests.engines.model.kinds import CHECK, FINDING, LINT
from tests.engines.model.shop import FAILURE, Files

FENCE = Fence("5f1c9a07b2e4d388", str)
SOURCE = Files({"shop/query.py": "first\nsecond\nthird\nfourth\nfifth\nsixth\nseventh\n"})


def told(*groups: tuple[Failure, ...]) -> str:
    return sections.failures(
        [FailureCluster(f"f{number}", group) for number, group in enumerate(groups)], SOURCE, FENCE
    )


def test_a_finding_has_every_place_with_its_line() -> None:
    text = told((LINT, replace(LINT, id="shop/query.py:4:1: B006", line=4)))
    assert "[1] B006 (error by ruff): Do not use mutable data structures" in text
    assert "    at shop/query.py:1\n       1 | first\n" in text
    assert "    at shop/query.py:4\n       4 | fourth\n" in text


def test_a_line_that_the_message_names_is_quoted_as_well() -> None:
    assert "       6 | sixth" in told((LINT,))


def test_another_message_of_the_same_rule_is_told() -> None:
    assert "at shop/query.py:1: about g" in told((LINT, replace(LINT, id="x", message="about g")))


def test_what_has_to_pass_is_named_once() -> None:
    text = told((LINT, CHECK), (FINDING, CHECK))
    assert text.count("ruff check") == 1
    assert text.endswith("the command that has to pass, and looks for this again: ruff check")


def test_another_rule_of_the_same_cause_is_named() -> None:
    assert "at shop/query.py:1 (B008): about g" in told((LINT, replace(LINT, message="about g", rule=Rule("B008"))))


def test_the_help_of_a_rule_is_told_once() -> None:
    text = told((LINT,), (replace(LINT, id="b", message="another"),))
    assert text.count("Checks for mutable defaults.") == 1


def test_what_the_help_says_for_other_ends_is_left_out() -> None:
    text = told((LINT,))
    assert "## Example" in text
    assert "nothing of use" not in text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("`x` is unused", "`{name}` is unused"),
        ("a fault", "a fault"),
        ("a fault.", "a fault"),
    ],
    ids=["pattern", "itself", "itself but for the full stop"],
)
def test_help_that_repeats_the_message_is_left_out(message: str, text: str) -> None:
    finding = replace(LINT, message=message, rule=Rule("X1", description=text))
    assert told((finding,)).splitlines()[2:-2] == ["       1 | first"]


def test_the_way_of_the_data_is_told_from_its_beginning() -> None:
    text = told(
        (
            replace(
                FINDING,
                frames=(StackFrame("shop/query.py", 7, "handle"), StackFrame("shop/query.py", 2)),
            ),
        )
    )
    assert text.index("- shop/query.py:7 in handle\n       7 | seventh") < text.index("- shop/query.py:2\n")


def test_a_finding_without_a_file_has_its_id_for_a_place() -> None:
    assert "at all of it:1" in told((replace(LINT, id="all of it", file=None, line=None),))


def test_of_very_many_places_the_last_are_named_only() -> None:
    many = tuple(replace(LINT, id=f"shop/query.py:{line}:1: B006", line=line) for line in range(1, 15))
    assert "    and at shop/query.py:9:1: B006, " in told(many)


def test_a_pattern_for_messages_whose_places_are_not_filled_is_left_out() -> None:
    finding = replace(
        LINT, message="Undefined name `x`", rule=Rule("F821", description="Undefined name `{name}`. {tip}")
    )
    assert "{name}" not in told((finding,))


def test_findings_that_no_command_looks_for_again_are_said_to_be_such() -> None:
    other = replace(FINDING, suite="CodeQL")
    text = told((LINT, CHECK), (other,), (replace(LINT, id="x"),))
    assert text.endswith("looks for this again: ruff check\n\nno command here runs the analyser again that found [2]")
    assert "runs the analyser again" not in told((FAILURE,))
