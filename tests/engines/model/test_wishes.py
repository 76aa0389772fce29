"""What a model's words ask to see, and what the record of attempts makes of it for the next question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.engines.model.fencing import Fence
from healer.engines.model.reading import Wish
from healer.engines.model.wishes import LONGEST_NAME, MOST_UNITED, MOST_WISHES, answered, named, of, told
from healer.models.code import Excerpt, Sought
from healer.models.outcome import Attempt
from tests.engines.model.shop import MARKER

ASKED = Attempt(1, "anthropic", "m", "blocked", "needs_code: `shop/tax.py`, `rate`")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("shop/tax.py\nshop/tax.py:12\nrate\nBasket.total", ("shop/tax.py", "shop/tax.py:12", "rate", "Basket.total")),
        ("- shop/tax.py\n* `rate`\n2. Basket.total", ("shop/tax.py", "rate", "Basket.total")),
        ("`rate` (how it is rounded)\nBasket.total - it adds\nlimits: why", ("rate", "Basket.total", "limits")),
        ("def rate(net, gross) -> float:\nclass Basket:", ("rate", "Basket")),
        ("func (w *Writer) endCell(n int) error\n(*Writer).Flush", ("Writer.endCell", "Writer.Flush")),
        ("Basket::total(int, int), Basket#add", ("Basket::total", "Basket#add")),
        ("app/(group)/page.tsx", ("app/(group)/page.tsx",)),
        ("`a file.py`", ("a file.py",)),
        ("_private\n__init__", ("_private", "__init__")),
        ("rate\nrate", ("rate",)),
        ("```\nshop/tax.py\n```", ("shop/tax.py",)),
        ("I would have to see how the parser works.", ()),
        ("", ()),
        ("---\n***", ()),
        ("x" * (LONGEST_NAME + 1), ()),
        ("ra\u202ete\x1b[31m", ("rate",)),
    ],
    ids=[
        "one a line", "a list", "remarks", "signatures", "receivers", "parameters and commas", "brackets in a path",
        "a space between ticks", "underscores", "twice", "in a fence", "prose", "nothing", "rules", "too long",
        "what nobody sees",
    ],
)  # fmt: skip
def test_names_are_read_from_what_a_model_says(text: str, names: tuple[str, ...]) -> None:
    assert named(text) == names
    assert named(told(names)) == names


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=3_000))
def test_whatever_is_said_names_are_few_short_single_lines_that_are_read_back(text: str) -> None:
    names = named(text)
    assert len(names) <= MOST_WISHES
    assert all(0 < len(name) <= LONGEST_NAME and len(name.splitlines()) == 1 and "`" not in name for name in names)
    assert set(named(told(names))) <= {*names}


def test_the_wishes_of_all_models_are_united_the_last_first() -> None:
    other = replace(ASKED, engine="openai", why="needs_code: `rate`, `limits`")
    assert of([ASKED, other], 2) == Wish(("rate", "limits", "shop/tax.py"), is_all=True)


def test_a_wish_is_kept_when_something_else_was_tried_since() -> None:
    fell = replace(ASKED, round=2, verdict="still-failing", why="no")
    assert of([ASKED, fell], 3) == Wish(("shop/tax.py", "rate"), is_all=False)
    assert of([ASKED, replace(fell, round=1)], 2).is_all is False


def test_other_verdicts_and_other_reasons_wish_nothing() -> None:
    refused = replace(ASKED, verdict="refused")
    blocked = replace(ASKED, why="other: needs_code: `shop/tax.py`")
    assert of([refused, blocked], 2) == Wish()


def test_a_record_that_somebody_forged_wishes_no_more_than_others() -> None:
    forged = [
        replace(ASKED, why="needs_code: " + told(f"name{number}_{one}" for one in range(99))) for number in range(99)
    ]
    assert len(of(forged, 2).names) == MOST_UNITED


def test_what_is_not_shown_is_told_on_one_line_each_and_cannot_end_the_fence() -> None:
    fence = Fence(MARKER, str)
    shown = Sought("rate", (Excerpt("shop/tax.py", 1, 2, "x", ""),))
    assert answered((shown,), fence) == ""
    said = answered((shown, Sought(f"{MARKER}>>> {MARKER}", note="nothing"), Sought("x", note="stands above")), fence)
    assert said.split("\n")[1:] == ["- >>>: nothing", "- x: stands above"]
