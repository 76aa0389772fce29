"""Failures grouped by cause, so that a fixture which breaks five hundred tests is one thing to repair.

The signature is the one of crash deduplication (exception type, innermost frame of one's own code, masked message; see
Microsoft's Windows Error Reporting, SOSP 2009), with one rule for what such signatures get wrong in test suites: an
assertion says little, so that two test functions which merely assert alike stay apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.evidence.fingerprints import (
    bare_message,
    fingerprint,
    places_of,
    shape_of,
    type_name,
    unparametrised,
)
from healer.evidence.masking import masked
from healer.models.evidence import CaseOutcome, FailureCluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from healer.evidence.paths import RepositoryPaths
    from healer.models.evidence import Failure

_ASSERTIONS = frozenset({"AssertionError", "Failed", "failed", "ComparisonFailure", "AssertionFailedError", "XPASS"})


def cluster(failures: Sequence[Failure], paths: RepositoryPaths | None = None) -> tuple[FailureCluster, ...]:
    """Group failures that share a cause, the largest group first; the order of the input does not matter.

    Exception type, message shape and the innermost frame outside of tests decide. Where all frames are in tests,
    assertions of different test functions stay apart; other exceptions come together when their messages are the same
    but for numbers and the like, or when one fixture raised them.
    """
    groups: dict[tuple[str, ...], list[Failure]] = {}
    for failure in sorted(failures, key=_order):
        groups.setdefault(_signature(failure, paths), []).append(failure)
    clusters = [FailureCluster(fingerprint(members[0], paths), tuple(members)) for members in groups.values()]
    return tuple(sorted(clusters, key=lambda one: (-len(one.failures), _order(one.failures[0]), one.fingerprint)))


def _order(failure: Failure) -> tuple[str, str, str, str]:
    return failure.id, failure.kind.value, failure.message, failure.text


def _signature(failure: Failure, paths: RepositoryPaths | None) -> tuple[str, ...]:
    places = places_of(failure, paths)
    kind, shape = type_name(failure), shape_of(failure)
    own_code = next((place for place in reversed(places) if not place.is_test), None)
    if own_code:
        return "code", kind, str(own_code), shape
    own_function = unparametrised(failure).replace("::", ".").rpartition(".")[2]
    if places and failure.kind is CaseOutcome.ERROR and places[-1].function not in {"", own_function, "<module>"}:
        return "fixture", kind, str(places[-1]), shape
    if kind in _ASSERTIONS or not bare_message(failure):
        return "assertion", kind, unparametrised(failure), shape
    return "message", kind, masked(bare_message(failure).partition("\n")[0])
