"""One SARIF result or notification: what it counts as, and the failure that it makes (SARIF 2.1.0, §3.27, §3.58)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from healer.evidence.findings import FAILING_LEVELS, finding_of
from healer.evidence.formats.json_documents import objects, text_of
from healer.evidence.formats.sarif_messages import message_text
from healer.evidence.formats.sarif_places import Place, frames_of
from healer.evidence.limits import SHORT_TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from healer.evidence.formats.sarif_places import Places
    from healer.evidence.formats.sarif_rules import Rules
    from healer.models.evidence import Failure

_SHOWN_RELATED = 20
_OPEN_SUPPRESSIONS = frozenset({"underReview", "rejected"})
_KNOWN_ALREADY = frozenset({"unchanged", "absent"})


def outcome_of(result: Mapping[str, Any], level: str) -> CaseOutcome:
    """Return what a result counts as: errors and warnings fail, unless they are suppressed or were there before."""
    if result.get("kind") == "notApplicable" or _is_suppressed(result):
        return CaseOutcome.SKIPPED
    baseline = result.get("baselineState")
    if isinstance(baseline, str) and baseline in _KNOWN_ALREADY:
        return CaseOutcome.SKIPPED
    return CaseOutcome.FAILED if level in FAILING_LEVELS else CaseOutcome.PASSED


def finding(
    result: Mapping[str, Any], level: str, descriptor: Mapping[str, Any], rules: Rules, places: Places
) -> Failure:
    """Build the failure of a result; its text is all that the result says: message, code, data flow, related places."""
    reference = result.get("rule")
    identity = text_of(result.get("ruleId")) or text_of(reference.get("id") if isinstance(reference, dict) else None)
    message = message_text(result.get("message"), rules.strings(descriptor))
    place = next((places.place(location) for location in objects(result.get("locations"))), Place())
    flow = places.flow(result)
    related = [places.place(location) for location in list(objects(result.get("relatedLocations")))[:_SHOWN_RELATED]]
    return finding_of(
        rules.rule(descriptor, identity, level),
        tool=rules.tool_name,
        place=place.thing,
        file=place.file or places.file(result.get("analysisTarget")),
        line=place.line,
        column=place.column,
        message=message,
        text="\n\n".join(filter(None, (message, _code(place), _steps(flow), _related(related)))),
        frames=frames_of(flow),
    )


def notified(notification: Mapping[str, Any], rules: Rules, places: Places) -> Failure | None:
    """Build the failure that a notification of level error tells of: the analysis itself did not go well."""
    reference = notification.get("descriptor")
    descriptor = rules.descriptor(reference, "", None, "notifications")
    level = rules.level({"level": notification.get("level")}, descriptor)
    if level != "error":
        return None
    identity = text_of(reference.get("id")) if isinstance(reference, dict) else ""
    message = message_text(notification.get("message"), rules.strings(descriptor))
    exception = notification.get("exception")
    raised = _raised(exception) if isinstance(exception, dict) else ""
    place = next((places.place(location) for location in objects(notification.get("locations"))), Place())
    return finding_of(
        rules.rule(descriptor, identity or text_of(descriptor.get("id")) or "analysis error", level),
        tool=rules.tool_name,
        place=place.thing,
        file=place.file,
        line=place.line,
        column=place.column,
        message=message or raised or "the analysis reports an error, but not which",
        text="\n\n".join(filter(None, (message, raised, _code(place)))),
        kind=CaseOutcome.ERROR,
        is_of_rule=False,
    )


def _is_suppressed(result: Mapping[str, Any]) -> bool:
    """Whether somebody decided to live with it: no suppression is still under review or was rejected."""
    stated = list(objects(result.get("suppressions")))
    return bool(stated) and not any(_status(one) in _OPEN_SUPPRESSIONS for one in stated)


def _status(suppression: Mapping[str, Any]) -> str:
    return text_of(suppression.get("status")) or text_of(suppression.get("state"))


def _raised(exception: Mapping[str, Any]) -> str:
    kind, message = text_of(exception.get("kind")), message_text(exception.get("message"))
    return f"{kind}: {message}" if kind and message else kind or message


def _code(place: Place) -> str:
    if not place.snippet.strip():
        return ""
    return (
        f"{place}\n" + "\n".join(f"    {line}" for line in place.snippet.splitlines()) if str(place) else place.snippet
    )


def _steps(flow: list[Place]) -> str:
    if not flow:
        return ""
    return "\n".join(
        ["Data flow:", *(f"  {number}. {line}" for number, step in enumerate(flow, 1) for line in _described(step))]
    )


def _related(places: list[Place]) -> str:
    lines = [line for place in places for line in _described(place)]
    return "\n".join(["Related:", *(f"  {line}" for line in lines)]) if lines else ""


def _described(place: Place) -> Iterator[str]:
    said = " ".join((place.message or place.snippet).split())[:SHORT_TEXT_CHARACTERS]
    if str(place) or said:
        yield ": ".join(filter(None, (str(place), said)))
