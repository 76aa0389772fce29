"""What a model's reply says beside its change: the analysis, or that it is blocked."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from healer.engines.model import wishes
from healer.engines.model.fencing import cut_middle, visible
from healer.models.change import NEEDS_CODE, Analysis

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKED_CODES = frozenset({"test_is_wrong", "needs_environment", "needs_feature", NEEDS_CODE, "other"})
FIELD_LIMIT = 2_000

_FENCE = re.compile(r"^\s{0,3}(?P<ticks>`{3,}|~{3,})")
_DECORATION = r"[\s>#*_+\-\d.)]*"
_LABEL = re.compile(
    rf"^{_DECORATION}(?P<label>root[ _-]?cause|impact|strategy|confidence"
    rf"|exploit|damage|side[ _-]?effects|safe[ _-]?fix)\b[\s*_]*(?:[:\uff1a][\s*_]*(?P<rest>.*))?$",
    re.IGNORECASE,
)
_BLOCKED = re.compile(rf"^{_DECORATION}`?BLOCKED[*_`]*\s*[:\uff1a]\s*[*_`]*(?P<code>\w*)[*_`]*(?P<rest>.*)$")
_NUMBER = re.compile(r"(?P<number>\d+(?:\.\d+)?|\.\d+)\s*(?P<scale>%|/\s*(?:100|10|1)(?:\.0)?\b)?")


def prose(text: str) -> list[str]:
    """Return the lines outside fenced blocks."""
    lines: list[str] = []
    open_ticks = ""
    for line in text.splitlines():
        ticks = _FENCE.match(line)
        if open_ticks:
            closing = line.strip()
            if set(closing) == {open_ticks[0]} and len(closing) >= len(open_ticks):
                open_ticks = ""
        elif ticks:
            open_ticks = ticks["ticks"]
        else:
            lines.append(line)
    return lines


def analysis(text: str) -> Analysis:
    """Return the labelled statements of a reply, plain and bounded; what is missing stays empty."""
    found: dict[str, list[str]] = {}
    for label, line in _labelled(prose(visible(text))):
        found.setdefault(label, []).append(line)
    fields = {label: cut_middle("\n".join(lines).strip(), FIELD_LIMIT) for label, lines in found.items()}
    return Analysis(
        root_cause=fields.get("rootcause", ""),
        impact=_impact(fields),
        strategy=fields.get("strategy", "") or fields.get("safefix", ""),
        confidence=_confidence(fields.get("confidence", "")),
    )


def _impact(fields: dict[str, str]) -> str:
    """Return what is said of the impact; of an analyser's finding, how it is exploited, the damage and the price."""
    told = [fields.get("impact", "")]
    for label, title in (("exploit", "Exploit"), ("damage", "Damage"), ("sideeffects", "Side effects")):
        if said := fields.get(label, ""):
            told.append(f"{title}: {said}")
    return cut_middle("\n".join(filter(None, told)), FIELD_LIMIT)


def blocked(text: str) -> tuple[str, str] | None:
    """Return code and explanation of a reply that declares itself blocked, outside any fenced block; else None.

    Where it lacks code, the explanation is the names of what it would have to see, or what it says if it names none.
    """
    lines = prose(visible(text))
    for number, line in enumerate(lines):
        match = _BLOCKED.match(line)
        if match:
            code = match["code"].lower()
            told = [match["rest"].lstrip(" :-.*_`").rstrip(" *_`"), *lines[number + 1 :]]
            explanation = "\n".join(told).strip() or "\n".join(lines[:number]).strip()
            if code not in BLOCKED_CODES:
                explanation = f"{match['code']} {explanation}".strip()
            if code == NEEDS_CODE:
                beyond = [match["rest"].lstrip(" :"), *lines[number + 1 :]]
                names = wishes.named("\n".join(beyond)) or wishes.named(text.partition(line)[2])
                explanation = wishes.told(names) or explanation
            return code if code in BLOCKED_CODES else "other", cut_middle(explanation, FIELD_LIMIT)
    return None


def _labelled(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each line with the label it stands under. A label is a line's first word before a colon, or a heading."""
    label = ""
    for line in lines:
        match = _LABEL.match(line)
        if match and (match["rest"] is not None or line.lstrip().startswith(("#", "*"))):
            label = re.sub(r"[^a-z]", "", match["label"].lower())
            yield label, match["rest"] or ""
        elif label == "confidence" and line.strip() and not _NUMBER.search(line):
            label = ""
        elif label:
            yield label, line


def _confidence(text: str) -> float | None:
    match = _NUMBER.search(text)
    if match is None:
        return None
    value = float(match["number"])
    scale = re.sub(r"\s|\.0", "", match["scale"] or "")
    value /= {"%": 100.0, "/100": 100.0, "/10": 10.0}.get(scale, 1.0)
    return value if math.isfinite(value) and 0.0 <= value <= 1.0 else None
