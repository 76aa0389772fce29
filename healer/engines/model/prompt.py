"""The prompt: rules that never change, code that stays for a run, then the failure; all evidence marked as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import layout
from healer.engines.model import changed, reflection, sections, wishes
from healer.engines.model.facts import facts
from healer.engines.model.ladder import Angle
from healer.engines.model.naming import MOST_CLUSTERS, Short
from healer.engines.model.pieces import code
from healer.engines.model.templates import template
from healer.engines.model.variants import Variant, variant_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from healer.engines.model.fencing import Fence
    from healer.engines.model.reading import Reading
    from healer.models.change import Rejection
    from healer.models.code import Excerpt
    from healer.models.evidence import FailureCluster
    from healer.models.outcome import Attempt
    from healer.ports import RepairTask, SourceTree

CHARACTERS_PER_TOKEN = 4
"""For estimates; what a call may cost is bounded elsewhere."""
SPARE = 1.25
"""How far the excerpts may exceed their budget: a token of code is often shorter than the estimate has it."""

_HEADINGS = {
    "code": "# Code\n\nAs the repository has it, before any change.",
    "tests": "# The failing tests (read-only)",
    "failures": "# What fails\n\nEach cause once, with one of its failures in full.",
    "facts": "# Looked up in the repository\n\nNames as whole words, in tests as well, not in comments.",
    "locations": "# Where the fault may lie, most suspicious first",
    "culprit": "# The change that broke it",
    "changes": "# What changed lately, newest first",
    "further": "# More code",
    "attempts": "# What was tried before\n\n"
    "Each attempt was made on the code above and taken back; none is in it. Your change must be a different one.",
}
NEEDS = "needs_code"
"""The template that offers to name code that would have to be seen first."""
_LABELS = "root cause, impact, strategy, confidence"
_SECURITY_LABELS = "the labels above"
_OF_TESTS = frozenset({Variant.EXCEPTION, Variant.WRONG_RESULT, Variant.COLLECTION, Variant.OTHER_LANGUAGE})
"""Variants that speak of one fault, whatever the number of causes; the others speak of several themselves."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a prompt, as it is sent."""

    name: str
    text: str

    @property
    def tokens(self) -> int:
        """An estimate of how many tokens it takes."""
        return -(-len(self.text) // CHARACTERS_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question in three parts, of which the first two are the same for every question of a run."""

    variant: Variant
    system: str
    context: str
    message: str
    sections: tuple[Section, ...]
    templates: tuple[str, ...]
    """The templates in it, each as `name@version`."""

    @property
    def tokens(self) -> int:
        """An estimate of how many tokens it takes in all."""
        return sum(section.tokens for section in self.sections)


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence alone, as a reviewer is shown it too: the stable part, and what fails."""

    context: str
    opening: str
    stable: tuple[Section, ...]
    failures: tuple[Section, ...]


def evidence(task: RepairTask, reading: Reading, fence: Fence) -> Shown:
    """Return the part that is the same in every call of a run, and the failures."""
    short = Short(task.diagnosis.clusters)
    scripts = _scripts(task.diagnosis.clusters)
    stable = _sections({
        "code": code(_source(reading.first, scripts), task.source, short, fence, _room(reading.budget)),
        "tests": code(_tests(reading.first, scripts), task.source, short, fence, _room(reading.budget)),
    }, fence)  # fmt: skip
    opening = template("context").fill(marker=fence.marker)
    context = _joined(opening, *(section.text for section in stable))
    failing = _sections({
        "failures": sections.failures(task.diagnosis.clusters, task.source, fence),
        "facts": facts(task.diagnosis, task.source, fence),
    }, fence)  # fmt: skip
    return Shown(context, opening, stable, failing)


def history(task: RepairTask, reading: Reading, fence: Fence) -> tuple[Section, ...]:
    """Return the change that broke it, or where that is not known, what changed lately."""
    return _sections({
        "culprit": changed.blamed(task.diagnosis, task.source, fence),
        "changes": changed.changes(task.diagnosis, task.source, reading.all, fence),
    }, fence)  # fmt: skip


def compose(
    task: RepairTask,
    reading: Reading,
    engine: str,
    fence: Fence,
    angle: Angle | None = None,
    *,
    may_ask: bool = False,
) -> Prompt:
    """Return the question for a task, from a side; `may_ask` offers to name code that would have to be seen first."""
    diagnosis, source = task.diagnosis, task.source
    variant = variant_of(diagnosis.clusters)
    shown = evidence(task, reading, fence)
    short = Short(diagnosis.clusters)
    past = history(task, reading, fence)
    most = (
        sections.ENOUGH
        if any(one.name == "culprit" for one in past)
        else max(sections.MAX_PLACES, min(len(diagnosis.clusters) + 2, MOST_CLUSTERS))
    )
    ranked = () if _are_placed(diagnosis.clusters, source) else diagnosis.locations
    places = _sections({"locations": sections.locations(ranked, diagnosis.clusters, source, fence, most)}, fence)
    present = _sections({
        "further": _joined(
            wishes.answered(reading.sought, fence),
            code(reading.further, source, short, fence, _room(reading.further_budget)),
        ),
        "attempts": reflection.attempts(task.attempts, diagnosis.clusters, engine, fence),
    }, fence)  # fmt: skip
    volatile = (*shown.failures, *places, *past, *present)
    system, frame, ask = (template(name) for name in ("system", "context", "task"))
    approach = template(variant.template)
    told = reflection.shown(task.attempts, engine) if any(one.name == "attempts" for one in present) else ()
    several = len(diagnosis.clusters) > 1 and variant in _OF_TESTS
    focus, guides = _focus(angle or Angle(), fence, told, asked=bool(reading.sought), may_ask=may_ask, several=several)
    labels = _SECURITY_LABELS if variant is Variant.SECURITY else _LABELS
    closing = ask.fill(approach=approach.text, focus=focus, labels=labels)
    closing = _joined(closing, template(NEEDS).text if may_ask else "")
    return Prompt(
        variant,
        system.text,
        shown.context,
        _joined(*(section.text for section in volatile), closing),
        (
            Section("rules", system.text),
            Section("frame", shown.opening),
            *shown.stable,
            *volatile,
            Section("task", closing),
        ),
        tuple(f"{one.name}@{one.version}" for one in (system, frame, ask, approach, *map(template, guides))),
    )


def format_repair(rejection: Rejection, fence: Fence) -> str:
    """Return the turn that asks once more for a change that could not be read or placed."""
    reason = fence.clean(rejection.message, 2_000)
    return template("format_repair").fill(marker=fence.marker, reason=reason)


def _sections(texts: dict[str, str], fence: Fence) -> tuple[Section, ...]:
    return tuple(Section(name, f"{_HEADINGS[name]}\n\n{fence.enclose(text)}") for name, text in texts.items() if text)


def _focus(
    angle: Angle, fence: Fence, tried: Sequence[Attempt], *, asked: bool, may_ask: bool, several: bool
) -> tuple[str, list[str]]:
    """Return what makes this question differ from the last, and the templates that say it or what else is added."""
    names = [
        name
        for name, holds in (
            ("focus_several", several),
            ("focus_again", any(one.verdict not in reflection.NOT_RUN for one in tried)),
            ("focus_refused", bool(tried) and all(one.verdict in reflection.NOT_RUN for one in tried)),
            ("focus_place", angle.place is not None),
            ("focus_change", angle.change),
            ("focus_asked", asked),
        )
        if holds
    ]
    place = fence.line(angle.place.title, 250) if angle.place else ""
    lines = [template(name).fill(**({"place": place} if name == "focus_place" else {})) for name in names]
    return "".join(f"\n{line}\n" for line in lines), [*names, *([NEEDS] if may_ask else [])]


def _are_placed(clusters: Sequence[FailureCluster], source: SourceTree) -> bool:
    """Whether analysers have said of everything where it is, so that no ranking is needed."""
    return bool(clusters) and all(
        one.rule is not None and one.file in source.paths for one in (cluster.representative for cluster in clusters)
    )


def _scripts(clusters: Sequence[FailureCluster]) -> set[str]:
    """Return the files that failing commands run, which are as read-only as tests."""
    return {script for cluster in clusters if (script := cluster.representative.runs)}


def _source(excerpts: Sequence[Excerpt], scripts: Collection[str]) -> list[Excerpt]:
    return [excerpt for excerpt in excerpts if not (layout.is_test(excerpt.path) or excerpt.path in scripts)]


def _tests(excerpts: Sequence[Excerpt], scripts: Collection[str]) -> list[Excerpt]:
    return [excerpt for excerpt in excerpts if layout.is_test(excerpt.path) or excerpt.path in scripts]


def _room(tokens: int) -> int:
    return int(SPARE * CHARACTERS_PER_TOKEN * tokens)


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))
