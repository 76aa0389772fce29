"""The prompts of every variant, as they are kept: a change of a prompt shows as a change of these files."""

from __future__ import annotations

import hashlib

import pytest

from healer.engines.model.templates import names, template
from healer.engines.model.variants import Variant
from tests.engines.model.kinds import GOLDEN, KINDS


@pytest.mark.parametrize("name", KINDS)
def test_a_prompt_is_the_one_that_is_kept(name: str) -> None:
    assert KINDS[name].prompt == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")


def test_a_prompt_of_every_variant_is_kept_and_nothing_else() -> None:
    assert {file.stem for file in GOLDEN.glob("*.md")} == KINDS.keys()
    assert {*Variant} <= KINDS.keys()


def test_every_template_is_used_by_a_kept_prompt_or_by_another_turn() -> None:
    first_lines = "".join(kind.prompt.partition("\n")[0] for kind in KINDS.values())
    assert {name for name in names() if f"{name}@" not in first_lines} == {
        "format_repair", "review_system", "review_task",
    }  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_other_words_under_the_same_version_are_noticed(name: str) -> None:
    kept = dict(line.split() for line in (GOLDEN / "versions.txt").read_text(encoding="utf-8").splitlines())
    one = template(name)
    assert kept[f"{name}@{one.version}"] == hashlib.sha256(one.text.encode()).hexdigest()[:16]
