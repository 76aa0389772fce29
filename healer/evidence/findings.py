"""From what an analyser says of one finding to a `Failure` with its rule: cleaned, capped, with a stable identity."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

from healer.evidence.failures import failure_of
from healer.evidence.limits import MESSAGE_CHARACTERS, NAME_CHARACTERS
from healer.evidence.paths import in_checkout
from healer.evidence.wording import clean, shortened
from healer.models.evidence import CaseOutcome, Rule

if TYPE_CHECKING:
    from healer.models.evidence import Failure, StackFrame

UNNAMED_RULE = "unnamed rule"
FAILING_LEVELS = frozenset({"error", "warning"})
ONLY_NOTES = "all that it found are notes, which count as passed; some tools fail for them all the same"
_HELP_CHARACTERS = 16 * 1024
_MOST_TAGS = 50
_WORST_SEVERITY = 10.0
_ADDRESS = re.compile(r"https?://[^\s<>\"\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,2000}\Z", re.IGNORECASE)


def rule_of(
    identity: str,
    *,
    name: str = "",
    level: str = "",
    description: str = "",
    help_text: str = "",
    url: str = "",
    severity: object = None,
    tags: tuple[str, ...] = (),
) -> Rule:
    """Build a rule from raw strings of a report; `severity` may be a number or a string that spells one."""
    return Rule(
        id=_line(identity) or UNNAMED_RULE,
        name=_line(name),
        level=level,
        description=shortened(clean(description[: 2 * MESSAGE_CHARACTERS]).strip(), MESSAGE_CHARACTERS),
        help=shortened(clean(help_text[: 2 * _HELP_CHARACTERS]).strip(), _HELP_CHARACTERS),
        url=url if _ADDRESS.match(url) else None,
        severity=_severity(severity),
        tags=tuple(dict.fromkeys(filter(None, map(_line, tags[:_MOST_TAGS])))),
    )


def finding_of(
    rule: Rule,
    *,
    tool: str,
    place: str = "",
    file: str = "",
    line: int | None = None,
    column: int | None = None,
    message: str = "",
    text: str = "",
    frames: tuple[StackFrame, ...] = (),
    kind: CaseOutcome = CaseOutcome.FAILED,
    is_of_rule: bool = True,
) -> Failure:
    """Build a finding; its id is `path:line:column: rule`, as far as they are known.

    `place` stands in for the path where a finding has none but the name of a thing. What is told of a place without
    a rule (a file that cannot be parsed) has an id without one, since every tool calls it something else.
    """
    line = line if line and line > 0 else None
    numbers = [line, column] if line and column and column > 0 else [line]
    where = ":".join([in_checkout(file) or place, *(str(number) for number in numbers if number)])
    is_named = rule.id != UNNAMED_RULE and is_of_rule
    identity = ": ".join(filter(None, (where, rule.id if is_named or not where else "")))
    failure = failure_of(
        kind,
        name=rule.id,
        suite=tool,
        identity=identity,
        file=file or None,
        line=line,
        type_name=rule.id,
        message=message,
        text=text or message,
        frames=frames,
    )
    placed = failure.file is not None and bool(file)
    return dataclasses.replace(
        failure, rule=rule, type=rule.id, file=failure.file if placed else None, line=failure.line if placed else None
    )


def _line(text: str) -> str:
    return shortened(" ".join(clean(text[: 2 * NAME_CHARACTERS]).split()), NAME_CHARACTERS)


def _severity(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0.0 <= number <= _WORST_SEVERITY else None
