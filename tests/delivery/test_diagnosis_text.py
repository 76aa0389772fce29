"""A diagnosis for a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from healer.delivery.diagnosis_text import Page, as_text
from healer.delivery.diagnosis_words import failing
from healer.models.code import Location
from healer.models.evidence import Rule
from tests.diagnoses import CULPRIT, FAILURE, LINE, OTHER, SHOP, Told

PLAIN = Page()


def shown(told: Told, page: Page = PLAIN) -> str:
    return as_text(told.view(), page)


def test_the_answer_at_a_glance() -> None:
    assert shown(Told()) == (
        "2 failing test cases by one cause:\n"
        "  AssertionError: assert 4 == 1\n"
        "    tests/test_shop.py::test_half\n"
        "    tests/test_shop.py::TestShop::test_half_of_two\n"
        "\n"
        "           4  def test_half():\n"
        "           5      expected = 1\n"
        "     >     6      assert half(2) == expected\n"
        "\n"
        "where to look, most suspicious first:\n"
        "\n"
        "  1. shop.py:5 in half (0.80)\n"
        "     - ran in all 2 failing tests and 0 of 7 passing ones\n"
        "     - called in test_half and others\n"
        "     - half shares words with test_half\n"
        "           4  def half(value):\n"
        "     >     5      doubled = value * 2\n"
        "           6      return doubled\n"
        "\n"
        "  2. shop.py:9 in whole (0.10)\n"
        "     - changed in abc1234 'Add whole', the newest commit\n"
    )


def test_the_change_that_broke_it_comes_before_the_ranking() -> None:
    text = shown(Told(culprit=CULPRIT))
    assert "broken by:\n  abc1234 'Double it', the newest commit: what fails passes when this is put back\n" in text
    assert "      -     halved = value / 2\n      +     doubled = value * 2\n" in text
    assert text.index("broken by:") < text.index("where to look")


def test_nothing_that_fails_is_said_so() -> None:
    assert shown(Told(failures=(), locations=())) == "nothing fails\n"


def test_nothing_suspicious_is_said_so() -> None:
    assert "nothing in the repository is suspicious" in shown(Told(locations=()))


def test_what_was_left_out_is_said() -> None:
    assert shown(Told(left_out=("links",))).endswith("left out:\n  - links\n")


def test_a_failure_without_a_test_to_show_has_its_last_words_shown() -> None:
    failure = replace(FAILURE, id="make", name="make", file=None, frames=(), text="one\ntwo\n")
    assert "  its last words:\n    one\n    two\n" in shown(Told(failures=(failure,)))


@pytest.mark.parametrize(
    ("tests", "findings", "expected"),
    [
        (0, 0, "0 failing test cases"),
        (1, 0, "1 failing test case"),
        (0, 1, "1 finding"),
        (2, 3, "2 failing test cases and 3 findings"),
    ],
)
def test_findings_are_no_test_cases(tests: int, findings: int, expected: str) -> None:
    found = replace(FAILURE, rule=Rule("B602"))
    assert failing([FAILURE] * tests + [found] * findings) == expected


def test_many_failures_and_functions_are_counted() -> None:
    failures = tuple(replace(FAILURE, id=f"tests/test_shop.py::test_{number}") for number in range(50))
    text = "".join(f"def f{number}():\n    pass\n" for number in range(40))
    places = tuple(Location("a.py", 2 * n + 2, 2 * n + 2, f"f{n}", 0.5) for n in range(40))
    said = shown(Told(files={"a.py": text}, failures=failures, locations=places))
    assert "and 45 more\n" in said
    assert "and 20 more (--format json lists all)\n" in said
    assert len(said.splitlines()) < 80


@pytest.mark.parametrize("width", [1, 40, 79, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = replace(LINE, evidence=("word " * 100,))
    told = Told(
        files={"shop.py": SHOP.replace("* 2", "* 2" + " + 1" * 100)}, locations=(long,), left_out=("word " * 99,)
    )
    assert max(map(len, shown(told, Page(width)).splitlines())) <= max(width, 40)


def test_where_there_is_no_terminal_nothing_is_cut() -> None:
    text = SHOP.replace("* 2", "* 2" + " + 1" * 100)
    assert "* 2" + " + 1" * 100 in shown(Told(files={"shop.py": text}))


def test_colours_change_nothing_but_the_colour() -> None:
    told = Told(culprit=CULPRIT, left_out=("links",))
    painted = shown(told, Page(80, color=True))
    assert re.sub(r"\x1b\[[\d;]*m", "", painted).split() == shown(told, Page(80)).split()
    assert "\x1b[1;31m" in painted


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("evil", ["\x1b]0;owned\x07", "\x9b2J", "\u202e", "\r", "\x08", "\u2028"])
def test_hostile_text_commands_no_terminal(evil: str, *, color: bool) -> None:
    failure = replace(FAILURE, id=f"a{evil}b", message=f"boom {evil}", text=f"{evil}")
    place = replace(LINE, path=f"sh{evil}op.py", function=f"f{evil}", evidence=(f"changed by {evil}",))
    commit = replace(CULPRIT.commit, subject=f"Break {evil}")
    told = Told(
        files={f"sh{evil}op.py": SHOP.replace("doubled", f"dou{evil}bled")}, failures=(failure, OTHER),
        locations=(place,), culprit=replace(CULPRIT, commit=commit), left_out=(evil,),
    )  # fmt: skip
    said = re.sub(r"\x1b\[[\d;]+m", "", shown(told, Page(80, color=color)))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", said)
