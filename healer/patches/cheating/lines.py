"""What gives cheating away in the lines of any language: rules that need no syntax tree, on added lines only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.cheating.line_rules import EMBEDDED, LINE_RULES, TRIAL
from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.patches.cheating.failing import Symptoms
    from healer.patches.cheating.line_rules import LineRule

_CHARACTERS = 1_000
_HANDLER_LINES = 2
_SHOWN = 80
_COMMENT = re.compile(r"^\s{0,200}(?://|#(?!\[|!\[|pragma)|\*|/\*|--|;)")
_OPENS_HANDLER = re.compile(r"\bcatch\b.{0,200}\{\s{0,20}$")
_COMMAND_LINE = re.compile(r"(?:^|/)(?:cmd|bin|cli|scripts?)/|(?:^|/)(?:main|cli|program|index)\.\w+$", re.IGNORECASE)


def find_in_lines(
    path: str, before: Sequence[str], after: Sequence[str], symptoms: Symptoms, *, has_tree: bool = False
) -> Iterator[Finding]:
    """Yield what added lines give away; what removed lines held as often is no news.

    `has_tree` says that the file's syntax is looked at as well, which tells Python's names from mere words.
    What the file did elsewhere before, or what ends a command, is flagged only. Comments count when analysers read
    them, and only when an analyser's finding is what is to be repaired.
    """
    suffix = path.rpartition(".")[2].lower()
    known = LINE_RULES if has_tree else (*LINE_RULES, *EMBEDDED)
    rules = [rule for rule in known if not rule.suffixes or suffix in rule.suffixes]
    if not symptoms.analysed:
        rules = [rule for rule in rules if rule.cheat is not Cheat.SILENCED]
    removed: list[str] = []
    added: list[tuple[int, str]] = []
    for tag, i, j, k, m in opcodes(before, after):
        if tag != "equal":
            removed += before[i:j]
            added += zip(range(k + 1, m + 1), after[k:m], strict=True)
    joined = list(_joined(added))
    for rule in rules:
        for number, seen in _broken(rule, removed, joined):
            what = f"{path}, line {number}: {' '.join(seen.split())[:_SHOWN]!a} {rule.why}"
            yield Finding(rule.cheat, _level(rule, path, before), path, number, what)


def _broken(rule: LineRule, removed: Sequence[str], added: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    allowance = sum(bool(rule.pattern.search(line[:_CHARACTERS])) for line in removed)
    for number, line in added:
        seen = rule.pattern.search(line)
        if seen is None or (rule.cheat is not Cheat.SILENCED and _COMMENT.match(line)):
            continue
        if allowance:
            allowance -= 1
        else:
            yield number, seen[0]


def _level(rule: LineRule, path: str, before: Sequence[str]) -> Level:
    if rule is TRIAL or rule.cheat in {Cheat.SILENCED, Cheat.TEST_SNIFFING}:
        return rule.level
    is_usual = any(rule.pattern.search(line[:_CHARACTERS]) for line in before)
    return Level.FLAG if is_usual or (rule.cheat is Cheat.EXIT and _COMMAND_LINE.search(path)) else rule.level


def _joined(added: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield each line, one that opens a handler with the next two, so that an empty one is seen as a whole."""
    for position, (number, line) in enumerate(added):
        if _OPENS_HANDLER.search(line[:_CHARACTERS]):
            following = added[position + 1 : position + 1 + _HANDLER_LINES]
            line = "\n".join([line, *(text for other, text in following if other - number <= _HANDLER_LINES)])  # noqa: PLW2901 - the same line, seen whole
        yield number, line[:_CHARACTERS]
