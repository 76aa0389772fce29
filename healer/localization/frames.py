"""Stack frames: the innermost source frame of a failure is suspicious, its callers less and less."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.inquiry import Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.localization.inquiry import Inquiry, Site
    from healer.localization.outline import Outlined
    from healer.localization.pysource import Definition, SourceIndex
    from healer.models.evidence import Failure

CALLER_DECAY = 0.7
"""Per frame outwards; stack-trace ranking as in Wong et al. (2014) and Schröter, Bettenburg and Premraj (2010)."""
SAME_FUNCTION = 0.5
"""What the other lines of a frame's function get: the fault often lies before the line that noticed it."""
FAILURES_PER_CLUSTER = 5
MOST_FRAMES = 20
COMPILERS = frozenset({"compile error", "build failed"})
"""Types of failures whose places are those of messages, each for itself."""


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect the lines on the stack, and the functions around them."""
    for cluster in inquiry.clusters:
        said: dict[tuple[str, int], str] = {}
        for failure in cluster.failures[:FAILURES_PER_CLUSTER]:
            known = (site for site in inquiry.sites(failure) if layout.is_source(site.path))
            on_source = itertools.dropwhile(lambda site: is_check(inquiry.index, site), known)
            for depth, site in enumerate(itertools.islice(on_source, MOST_FRAMES)):
                score = CALLER_DECAY**depth
                words = said.setdefault((site.path, site.line), describe(site, failure))
                yield Suspicion(site.path, site.line, site.line, score, words)
                around = _function(inquiry.index, site)
                if around:
                    words = said.setdefault(
                        (site.path, around.line), f"line {site.line} of {around.qualname} is {words}"
                    )
                    yield Suspicion(site.path, around.line, around.end_line, score * SAME_FUNCTION, words)


def _function(index: SourceIndex, site: Site) -> Definition | Outlined | None:
    module = index.module(site.path)
    if module:
        return module.enclosing(site.line, functions_only=True)
    outline = index.outline(site.path)
    return outline.function(site.line) if outline else None


def is_check(index: SourceIndex, site: Site) -> bool:
    """Whether a frame stopped in a test or at an `assert`: what judges as a test does is seldom at fault itself."""
    if index.in_test(site.path, site.line):
        return True
    module = index.module(site.path)
    return module is not None and any(first <= site.line <= last for first, last in module.assertions)


def rank_tests(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Name the tests themselves, for when nothing else is known."""
    for cluster in inquiry.clusters:
        failure = cluster.representative
        sites = [
            site
            for site in inquiry.sites(failure)
            if not layout.is_source(site.path) or inquiry.index.in_test(site.path, site.line)
        ]
        for depth, site in enumerate(sites[:5]):
            yield Suspicion(site.path, site.line, site.line, CALLER_DECAY**depth, describe(site, failure))
        path = inquiry.paths.resolve(failure.file) if failure.file and not sites else None
        if path:
            line = failure.line or 1
            yield Suspicion(path, line, line, CALLER_DECAY, f"the report places {failure.id} here")


def describe(site: Site, failure: Failure) -> str:
    """Say which frame of which failure this is; what analysers and compilers point at is no stack."""
    if failure.rule:
        return f"step {site.position} of {site.of} to what {failure.id} reports"
    if failure.type in COMPILERS:
        return f"named by the compiler in {failure.id}"
    return f"frame {site.position} of {site.of} in the traceback of {failure.id}"
