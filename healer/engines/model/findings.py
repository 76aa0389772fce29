"""What analysers found, for a prompt: each place with its line, each rule's help once, the way that data takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.engines.model.naming import folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.evidence import Failure, FailureCluster, Rule
    from healer.ports import SourceTree

MAX_SHOWN = 8
"""Places of one cause that are quoted."""
MAX_FLOW = 12
HELP_LIMIT = 1_200
LINE = 160
_HEADING = re.compile(r"^#+ +(?P<title>.+?) *#*$")
_ASIDE = frozenset(
    {
        "references",
        "see also",
        "options",
        "fix safety",
        "fix availability",
        "why this rule?",
        "preview",
        "known problems",
    }
)
"""Parts of a rule's help that say nothing of the repair."""
_LINE = re.compile(r"\bline (\d{1,7})\b")
_PLACEHOLDER = re.compile(r"\\\{[^{}]*\\\}")
_TEMPLATE = re.compile(r"\{[A-Za-z_]\w*\}")
"""A place in a pattern for messages that was not filled."""


def finding(
    number: int, cluster: FailureCluster, source: SourceTree, fence: Fence, known: Collection[str]
) -> Iterator[str]:
    """Yield the lines on one cause; the help of a rule that is `known` is not told again."""
    found = [one for one in cluster.failures if one.rule is not None]
    first = found[0]
    rule = first.rule
    if rule is None:
        return
    severity = f", security severity {rule.severity:.1f} of 10" if rule.severity is not None else ""
    by = f" by {fence.line(first.suite, 40)}" if first.suite else ""
    level = fence.line(rule.level, 20) or "finding"
    yield f"[{number}] {fence.line(rule.id, 100)} ({level}{by}{severity}): {fence.clean(first.message, 600)}"
    for one in found[:MAX_SHOWN]:
        said = "" if one.message == first.message else f": {fence.line(one.message, LINE)}"
        other = "" if one.rule is None or one.rule.id == rule.id else f" ({fence.line(one.rule.id, 100)})"
        yield f"    at {fence.line(one.file or one.id)}:{one.line or 1}{other}{said}"
        yield from quoted(source, one.file or "", one.line or 0, fence)
        for line in sorted({int(number) for number in _LINE.findall(one.message)} - {one.line}):
            yield from quoted(source, one.file or "", line, fence)
        yield from _flow(one, source, fence)
    if len(found) > MAX_SHOWN:
        yield f"    and at {folded([one.id for one in found[MAX_SHOWN:]], fence)}"
    if rule.id not in known:
        yield from _told(rule, first.message, fence)


def commands(clusters: Sequence[FailureCluster], fence: Fence) -> str:
    """Return which commands have to pass where findings stand for commands that fail, and what none looks for again."""
    named: dict[str, None] = {}
    rerun: set[str] = set()
    found = {number: one for number, one in enumerate(clusters, start=1) if one.representative.rule is not None}
    for cluster in found.values():
        ends = [fence.line(one.id.removeprefix("check: "), 300) for one in cluster.failures if one.rule is None]
        named.update(dict.fromkeys(ends))
        rerun.update([cluster.representative.suite.lower()] if ends else ())
    told = [f"the command that has to pass, and looks for this again: {command}" for command in named]
    others = [f"[{number}]" for number, one in found.items() if one.representative.suite.lower() not in rerun]
    if others:
        told.append(f"no command here runs the analyser again that found {', '.join(others)}")
    return "".join(f"\n\n{line}" for line in told)


def quoted(source: SourceTree, path: str, line: int, fence: Fence) -> Iterator[str]:
    """Yield one line of a file with its number; nothing where there is no such line, or it is blank."""
    if path not in source.paths:
        return
    lines = source.read(path).decode("utf-8", "replace").splitlines()
    text = fence.line(lines[line - 1], LINE) if 0 < line <= len(lines) else ""
    if text:
        yield f"       {line} | {text}"


def _flow(one: Failure, source: SourceTree, fence: Fence) -> Iterator[str]:
    if len(one.frames) < 2:  # noqa: PLR2004 - a way has two ends
        return
    yield "    the way of the data, from where it enters to where it does harm:"
    last = None
    for frame in one.frames[:MAX_FLOW]:
        inside = f" in {fence.line(frame.function, 100)}" if frame.function else ""
        yield f"    - {fence.line(frame.file)}:{frame.line}{inside}"
        if (frame.file, frame.line) != last:
            yield from quoted(source, frame.file, frame.line or 0, fence)
        last = (frame.file, frame.line)


def _told(rule: Rule, message: str, fence: Fence) -> Iterator[str]:
    """Yield the rule's name, its tags and its help; not what only repeats the message."""
    for label, text in (("rule", rule.name), ("tags", ", ".join(rule.tags[:8]))):
        said = fence.line(text, 200)
        if said and said != rule.id:
            yield f"    {label}: {said}"
    told = [fence.clean(_essential(text), HELP_LIMIT) for text in (rule.description, rule.help)]
    for text in dict.fromkeys(filter(None, told)):
        is_pattern = "\n" not in text and _TEMPLATE.search(text) is not None
        if (
            not is_pattern
            and not _repeats(text, message)
            and not any(text != other and text in other for other in told)
        ):
            yield from ("    " + line for line in text.split("\n"))


def _essential(text: str) -> str:
    """Return a rule's help without what it says for other ends than a repair, and without blank lines."""
    kept: list[str] = []
    is_aside = False
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading:
            is_aside = heading["title"].lower() in _ASIDE
        if not is_aside and line.strip():
            kept.append(line)
    return "\n".join(kept)


def _repeats(text: str, message: str) -> bool:
    """Whether a text is the message, or the pattern with names in braces that it was made from."""
    pattern = _PLACEHOLDER.sub(".*", re.escape(text.strip().rstrip(".")))
    return re.fullmatch(pattern, message.strip().rstrip("."), re.DOTALL) is not None
