"""Which kind of failure a prompt is about: a pure function of the clusters."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.models.evidence import Failure, FailureCluster

_LOOKED_AT = 20
"""Failures of one cluster; the others share their cause."""
_LOADING = frozenset({"SyntaxError", "IndentationError", "TabError", "ImportError", "ModuleNotFoundError"})
_WRONG = frozenset({"", "AssertionError", "Failed", "ExceptionGroup"})
_COMMAND_IDS = ("check: ", "the suite as a whole")
_COMMAND_ENDS = ("ended with exit code", "the command ended with", "it did not end in time", "the test process ended")
_SECURITY_TOOLS = frozenset({"bandit", "gosec", "brakeman", "flawfinder", "njsscan", "find-sec-bugs"})
_OF_BANDIT = re.compile(r"S\d{3}$")
"""Rules of bandit's under the numbers that ruff gives them."""


class Variant(enum.StrEnum):
    """What differs between prompts; each has its template `approach_…`."""

    EXCEPTION = "exception"
    WRONG_RESULT = "wrong_result"
    COLLECTION = "collection"
    FINDING = "finding"
    SECURITY = "security"
    SCRIPT = "script"
    OTHER_LANGUAGE = "other_language"
    GENERAL = "general"

    @property
    def template(self) -> str:
        """The name of its template."""
        return f"approach_{self.value}"


def variant_of(clusters: Sequence[FailureCluster]) -> Variant:
    """Return the variant that fits every failure; the general one where they differ, or where there are none."""
    kinds = {kind for cluster in clusters for kind in _kinds(cluster)}
    return kinds.pop() if len(kinds) == 1 else Variant.GENERAL


def _kinds(cluster: FailureCluster) -> set[Variant]:
    """Return what the failures of a cause are; what ends with an analyser's findings fails because of them."""
    if cluster.representative.rule is not None:
        return {_of_rule(cluster.representative)}
    return {_kind(failure) for failure in cluster.failures[:_LOOKED_AT]}


def _kind(failure: Failure) -> Variant:
    if failure.rule is not None:
        return _of_rule(failure)
    if not failure.frames and (
        failure.id.startswith(_COMMAND_IDS) or failure.message.lower().startswith(_COMMAND_ENDS)
    ):
        return Variant.SCRIPT
    files = list(_files(failure))
    if files and not any(file.endswith((".py", ".pyi", ".pyx")) for file in files):
        return Variant.OTHER_LANGUAGE
    name = (failure.type or "").rpartition(".")[2]
    if name in _LOADING or _is_whole_file(failure):
        return Variant.COLLECTION
    if failure.kind is CaseOutcome.FAILED and name in _WRONG:
        return Variant.WRONG_RESULT
    return Variant.EXCEPTION


def is_of_security(failure: Failure) -> bool:
    """Whether an analyser speaks of security, and not of faults in general."""
    rule = failure.rule
    return rule is not None and (
        rule.severity is not None
        or any("security" in tag.lower() for tag in rule.tags)
        or failure.suite.lower() in _SECURITY_TOOLS
        or (failure.suite.lower() == "ruff" and _OF_BANDIT.match(rule.id) is not None)
    )


def _of_rule(failure: Failure) -> Variant:
    return Variant.SECURITY if is_of_security(failure) else Variant.FINDING


def _files(failure: Failure) -> Iterator[str]:
    """Yield the files that a failure names, as it spells them."""
    if failure.file:
        yield failure.file
    yield from (frame.file for frame in failure.frames)
    first = failure.id.partition("::")[0]
    if "." in first.rpartition("/")[2] and " " not in first and ("/" in first or "::" in failure.id):
        yield first


def _is_whole_file(failure: Failure) -> bool:
    """Whether a test file failed before any test case of it could run."""
    return failure.kind is CaseOutcome.ERROR and failure.id.endswith(".py") and " " not in failure.id
