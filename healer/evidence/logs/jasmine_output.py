"""What Jasmine prints, and Karma for it: failing specs with their full names, suite errors, and the counts."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.limits import FAILURES
from healer.evidence.logs.blocks import Block, blocks, last_match, said
from healer.models.evidence import CaseOutcome, Failure, Tally

_COUNTS = re.compile(
    r"^(\d{1,9}) specs?, (\d{1,9}) failures?(?:, (\d{1,9}) pending specs?)?(?:, (\d{1,9}) errors?[^\n]{0,60})?$",
    re.MULTILINE,
)
_LISTED = re.compile(r"(?:(\d{1,9})\) |(Suite error|Late error|Error during loading|Top level): ?)(\S.*)")
_LIST_END = re.compile(r"(?:Pending:|Ran \d|Incomplete:|\d{1,9} specs?, |Executed \d|Finished in )")
_MESSAGE = re.compile(r"\s{0,8}Message:$")
_STACK = re.compile(r"\s{0,8}Stack:$")
_KARMA = re.compile(r"(\S.{0,120}? \([^()\n]{1,80}\)) (\S.{0,3000}) FAILED$")
_KARMA_END = re.compile(r"\S")
_EXECUTED = re.compile(
    r"(?:^|\): )Executed (\d{1,9}) of (\d{1,9})((?: \((?:\d{1,9} FAILED|skipped \d{1,9})\)){0,2})(?: (?:SUCCESS"
    r"|ERROR|DISCONNECTED))?"
    r"[^\n]{0,80}$",
    re.MULTILINE,
)
_TOTAL = re.compile(r"^TOTAL: (?:(\d{1,9}) FAILED, )?(\d{1,9}) SUCCESS$", re.MULTILINE)
_FAILED = re.compile(r"(\d{1,9}) FAILED|skipped (\d{1,9})")
_SUITE_ERRORS = re.compile(r"^(?:Suite error|Late error|Error during loading): ", re.MULTILINE)


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing specs by their full names; what broke a whole suite is an error."""
    found: list[Failure] = []
    if "\n  Message:\n" in text and (counts := last_match(_COUNTS, text)):
        listed = blocks(text[: counts.start()].splitlines(), _LISTED, _LIST_END)
        found.extend(_listed(block) for block in listed if any(map(_MESSAGE.match, block.lines[:2])))
    elif " FAILED\n" in text and _EXECUTED.search(text):
        seen: dict[str, None] = {}
        for block in blocks(text.splitlines(), _KARMA, _KARMA_END):
            if not block.header[2].startswith("Executed ") and block.header[2] not in seen:
                seen.setdefault(block.header[2])
                found.append(_of(CaseOutcome.FAILED, block.header[2], block.text, said(block.text)))
    return tuple(found[:FAILURES])


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last count stands and what all count; errors outside of specs count too."""
    if " spec" in text and (matches := list(_COUNTS.finditer(text))):
        total = Tally()
        for match in matches:
            specs, failed, pending = (int(match[group] or 0) for group in (1, 2, 3))
            errors = min(failed, len(_SUITE_ERRORS.findall(text))) if len(matches) == 1 else 0
            errors += int(match[4] or 0)
            failed -= min(failed, errors)
            total += Tally(max(0, specs - failed - pending), failed, errors, pending)
        return matches[-1].start(), total
    if "Executed " in text and (executed := last_match(_EXECUTED, text)):
        numbers = [(int(a or 0), int(b or 0)) for a, b in _FAILED.findall(executed[3])]
        failed, skipped = sum(a for a, _ in numbers), sum(b for _, b in numbers)
        if summed := last_match(_TOTAL, text):
            return summed.start(), Tally(int(summed[2]), int(summed[1] or 0), 0, skipped)
        errors = int(" ERROR" in executed[0] or " DISCONNECTED" in executed[0])
        return executed.start(), Tally(max(0, int(executed[1]) - failed - skipped), failed, errors, skipped)
    return None


def _listed(block: Block) -> Failure:
    kind = CaseOutcome.ERROR if block.header[2] else CaseOutcome.FAILED
    first = next((n for n, line in enumerate(block.lines) if _MESSAGE.match(line)), 0)
    message = said("\n".join(block.lines[first + 1 :]), _STACK)
    name = block.header[3]
    return _of(kind, f"{block.header[2]}: {name}" if block.header[2] else name, block.text, message)


def _of(kind: CaseOutcome, name: str, text: str, message: str) -> Failure:
    return failure_of(kind, name=name, message=message, text=text)
