"""The parts of the evidence, each as the text between two marker lines; empty when there is nothing to show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.engines.model.findings import commands, finding, quoted
from healer.engines.model.naming import MOST_CLUSTERS, Short, folded
from healer.engines.model.places import Place, places
from healer.engines.model.traces import condensed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.engines.model.fencing import Fence
    from healer.models.code import Location
    from healer.models.evidence import Failure, FailureCluster
    from healer.ports import SourceTree

MAX_TOLD = 3
MAX_PLACES = 5
"""Suspicious functions that are told, one for each cause at least."""
MAX_LINES = 2
ENOUGH = 3
"""Places that are worth telling once experiment has found the change that broke it."""
FAILURES_LIMIT = 6_000
TRACE_LIMIT = 40_000
"""Characters at the end of a trace that are looked at."""
HEADLINE = 160
COMMAND = "check: "
"""What the id of a failure begins with where a command failed as a whole."""
_SAID_ALREADY = 200
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]+")


def failures(clusters: Sequence[FailureCluster], source: SourceTree, fence: Fence) -> str:
    """Each cause once: the test cases it fails, and one of them in full."""
    shown = clusters[:MOST_CLUSTERS]
    share = max(700, min(3_000, FAILURES_LIMIT // max(1, len(shown))))
    blocks: list[str] = []
    rules: set[str] = set()
    for number, cluster in enumerate(shown, start=1):
        rule = cluster.representative.rule
        lines = finding(number, cluster, source, fence, rules) if rule else _cluster(number, cluster, fence, share)
        blocks.append("\n".join(lines))
        rules.update([rule.id] if rule else ())
    if len(clusters) > len(shown):
        rest = sum(len(cluster.failures) for cluster in clusters[len(shown) :])
        blocks.append(f"and {rest} more failing test cases with {len(clusters) - len(shown)} other causes")
    return "\n\n".join(blocks) + commands(shown, fence)


def _cluster(number: int, cluster: FailureCluster, fence: Fence, limit: int) -> Iterator[str]:
    first = cluster.representative
    kind = fence.line(first.type or "") or ("assertion" if first.kind == "failed" else "")
    how = f"{first.kind}: {kind}" if kind else str(first.kind)
    # A test's id may name its file among other words, as a command does; a command has no exception and no frames.
    is_script = first.runs is not None and not (first.type or first.frames)
    is_command = is_script or first.id.startswith(COMMAND)
    what = f"the command that has to pass: {first.id.removeprefix(COMMAND)}" if is_command else first.id
    yield f"[{number}] {fence.line(what, 300)} ({how})"
    yield account(first, fence, limit)
    yield from _others(cluster.failures[1:], first, fence)


def _others(failures: Sequence[Failure], first: Failure, fence: Fence) -> Iterator[str]:
    """Yield what fails by the same cause: some with what they say, where that differs, the rest by name or number."""
    said = {_masked(first.headline), ""}
    telling: list[Failure] = []
    silent: list[Failure] = []
    for failure in failures:
        words = _masked(failure.headline)
        is_new = words not in said and len(telling) < MAX_TOLD
        (telling if is_new else silent).append(failure)
        said.add(words)
    if failures:
        yield f"    same cause, {len(failures)} more:"
    for failure in telling:
        yield f"    - {fence.line(failure.id)}: {fence.line(failure.headline, HEADLINE)}"
    if silent:
        yield f"    - {folded([failure.id for failure in silent], fence)}"


def _masked(headline: str) -> str:
    return _ADDRESS.sub("0x", headline[:HEADLINE])


def account(failure: Failure, fence: Fence, limit: int) -> str:
    """Return the trace, led by the message where the trace does not already say it."""
    trace = fence.clean(condensed(failure.text[-TRACE_LIMIT:]).rstrip(), limit)
    message = fence.clean(failure.message, 600)
    if message and _bare(message)[:_SAID_ALREADY] not in _bare(trace) and message.split("\n", 1)[0] not in trace:
        return f"{message}\n{trace}".rstrip("\n")
    return trace or message


def _bare(text: str) -> str:
    """Return a text without white space, which reports keep in different ways."""
    return "".join(text.split())


def locations(
    ranked: Sequence[Location], clusters: Sequence[FailureCluster], source: SourceTree, fence: Fence, most: int
) -> str:
    """Return so many of the suspicious functions, best first, with the reasons and their most suspicious lines."""
    short = Short(clusters)
    shown = enumerate(places(ranked)[:most], start=1)
    return "\n".join(_place(number, place, source, short, fence) for number, place in shown)


def _place(number: int, place: Place, source: SourceTree, short: Short, fence: Fence) -> str:
    reasons = dict.fromkeys(
        _of_itself(short(reason), place.function)
        for location in place.locations[:MAX_LINES]
        for reason in location.evidence[:3]
    )
    told = "; ".join(fence.line(reason, 160) for reason in list(reasons)[:3])
    best = place.locations[0]
    singles = [location for location in place.locations if location.line == location.end_line]
    alike = [one.line for one in singles if one.suspiciousness == best.suspiciousness]
    is_vague = len(alike) > MAX_LINES
    first, last = (min(alike), max(alike)) if is_vague else (best.line, best.end_line)
    span = f"line {first}" if first == last else f"lines {first}-{last}"
    head = f"{number}. {fence.line(place.title, 250)}, {span}" + (f": {told}" if told else "")
    # Where many lines are as suspicious as each other, those that come first tell nothing.
    quotes = [] if is_vague else [location.line for location in singles[:MAX_LINES]]
    shown = (text for line in quotes for text in quoted(source, place.path, line, fence))
    return "\n".join([head, *shown])


def _of_itself(reason: str, function: str | None) -> str:
    """Return a reason that begins with the name of its own place without it."""
    for start in (f"{function} is ", f"{function} ") if function else ():
        if reason.startswith(start):
            return reason.removeprefix(start)
    return reason
