"""What stands in the prompt, and what stays the same from call to call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from healer.engines.model.ladder import Angle
from healer.engines.model.places import places
from healer.models.code import Diagnosis, Excerpt, Location
from healer.models.evidence import FailureCluster
from healer.models.outcome import Attempt
from healer.ports import RepairTask
from tests.engines.model.shop import BASKET, DIAGNOSIS, FAILURE, MARKER, Files, an_engine, whole_files

if TYPE_CHECKING:
    from healer.engines.model.prompt import Prompt
    from healer.ports import SourceTree

ELSEWHERE = Location("shop/prices.py", 4, 4, "Prices.load", 0.3, ())


def asked(task: RepairTask | None = None, angle: Angle | None = None, **options: Any) -> Prompt:
    return an_engine(**options).prompt(task or RepairTask(DIAGNOSIS, Files()), angle)


def test_the_prompt_holds_all_that_is_known_each_thing_once_and_in_order() -> None:
    prompt = asked()
    whole = f"{prompt.context}\n{prompt.message}"
    for part in [
        "tests/test_basket.py::test_discount (failed: AssertionError)",
        "same cause, 1 more:\n    - tests/test_basket.py::test_other",
        "E       assert 35 == 25",
        "\n    assert basket.total(discount=5) == 25\n",
        "1. Basket.total (shop/basket.py), line 9: called by the failing test",
        "       9 | return amount + discount",
        "commit 8f2c1d7e55 Simplify totals",
        "-        return amount - discount\n+        return amount + discount",
    ]:
        assert whole.count(part) == 1, part
    headings = [line for line in whole.splitlines() if line.startswith("# ")]
    assert headings == [
        "# Code",
        "# The failing tests (read-only)",
        "# What fails",
        "# Where the fault may lie, most suspicious first",
        "# What changed lately, newest first",
        "# Your task",
    ]
    assert prompt.system.startswith("You repair what fails in a repository")
    assert MARKER not in prompt.system


def test_rules_are_the_same_for_every_failure_and_code_for_every_question_of_a_run() -> None:
    first = asked()
    other = asked(RepairTask(Diagnosis((), ()), Files(), 2))
    tried = (Attempt(1, "anthropic", "m", "still-failing", "assert 30 == 25", "-x\n+y"),)
    reflecting = asked(RepairTask(DIAGNOSIS, Files(), 3, tried), Angle(places(DIAGNOSIS.locations)[0]))
    assert first.system == other.system == reflecting.system
    assert first.context == reflecting.context
    assert first.message != reflecting.message


def test_sections_are_all_that_is_sent_and_nothing_else() -> None:
    prompt = asked()
    assert "".join(f"{section.text}\n\n" for section in prompt.sections) == "".join(
        f"{part}\n\n" for part in (prompt.system, prompt.context, prompt.message)
    )
    assert prompt.tokens == sum(section.tokens for section in prompt.sections)
    assert [section.name for section in prompt.sections] == [
        "rules", "frame", "code", "tests", "failures", "locations", "changes", "task",
    ]  # fmt: skip


def test_a_prompt_names_its_templates_with_their_versions() -> None:
    names = [name.partition("@")[0] for name in asked().templates]
    assert names == ["system", "context", "task", "approach_wrong_result", "needs_code"]
    assert all(name.partition("@")[2].isdigit() for name in asked().templates)


def test_a_later_round_adds_code_behind_the_part_that_stays() -> None:
    def context(_: Diagnosis, __: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        return tuple(Excerpt(f"shop/part{number}.py", 1, 1, "x = 1\n", "") for number in range(token_budget // 1_000))

    first, second = (asked(RepairTask(DIAGNOSIS, Files(), number), context=context) for number in (1, 2))
    assert first.context == second.context
    assert "shop/part1.py" in first.context
    assert "shop/part2.py" not in first.context + first.message
    assert "# More code" in second.message
    assert "shop/part2.py" in second.message
    assert "shop/part1.py" not in second.message


def test_a_question_that_points_at_a_place_says_so_and_shows_its_code() -> None:
    def context(diagnosis: Diagnosis, _: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        best = diagnosis.locations[0]
        assert token_budget > 0
        return (Excerpt(best.path, best.line, best.line, f"code of {best.function}", ""),)

    elsewhere = Diagnosis(DIAGNOSIS.clusters, (DIAGNOSIS.locations[0], ELSEWHERE), DIAGNOSIS.commits)
    prompt = asked(RepairTask(elsewhere, Files()), Angle(places(elsewhere.locations)[1]), context=context)
    assert "assume that the fault lies in Prices.load (shop/prices.py)" in prompt.message
    assert "code of Prices.load" in prompt.message
    assert "code of Basket.total" in prompt.context


def test_dollars_and_braces_in_the_evidence_are_no_placeholders() -> None:
    failure = replace(FAILURE, message="$marker ${evidence} {host} %s $", text="")
    prompt = asked(RepairTask(Diagnosis((FailureCluster("f", (failure,)),), ()), Files({})))
    assert "$marker ${evidence} {host} %s $" in prompt.message


def test_a_change_to_code_that_is_not_shown_brings_its_surroundings() -> None:
    message = asked(context=lambda *_, **__: ()).message
    assert "shop/basket.py near line 9:\n class Basket:\n" in message
    assert "         amount = sum(self.items)\n-        return amount - discount\n" in message


def test_surroundings_are_left_out_where_the_file_has_moved_on() -> None:
    source = Files({"shop/basket.py": "# moved\n" + BASKET})
    message = asked(RepairTask(DIAGNOSIS, source), context=lambda *_, **__: ()).message
    assert "near line 9:\n-        return amount - discount\n+        return amount + discount\n" in message


def test_a_typical_prompt_is_small() -> None:
    assert asked(context=whole_files).tokens < 1_500
