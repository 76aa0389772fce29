"""What one finding is in each dialect of lint XML: its tool, rule, level, place and message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.evidence.formats.xml_elements import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from healer.evidence.bounded import BoundedText

_NOT_FAILING = {
    "info": "note", "information": "note", "informational": "note", "note": "note", "notice": "note", "hint": "note",
    "suggestion": "note", "advice": "note", "ignore": "none", "ignored": "none", "none": "none", "off": "none",
    "debug": "none", "internal": "none",
}  # fmt: skip
_ERRORS = frozenset({"", "error", "fatal", "critical", "blocker"})
_PMD_ERRORS = frozenset({"1", "2"})
_TOOL_IN_SOURCE = re.compile(
    r"(?P<tool>ShellCheck|[A-Za-z][\w-]{0,60}(?=\.rules\.))\.(?:rules\.)?(?P<rule>.{1,4000})", re.DOTALL
)


@dataclass(slots=True)
class LintFinding:
    """One finding while its element is open; `is_crash` says that the tool failed, not the code."""

    tool: str
    rule: str
    level: str
    file: str = ""
    line: int = 0
    column: int = 0
    message: str = ""
    verbose: str = ""
    url: str = ""
    is_crash: bool = False
    is_suppressed: bool = False
    is_placed: bool = False
    text: BoundedText | None = None


def opened_finding(root: str, name: str, attributes: Mapping[str, str], file: str) -> LintFinding | None:
    """Return the finding that an element opens in the dialect of this root, or None if it opens none."""
    dialect = _DIALECTS.get(root, _like_checkstyle)
    return dialect(root, name, attributes, file)


def _like_checkstyle(root: str, name: str, attributes: Mapping[str, str], file: str) -> LintFinding:
    get = attributes.get
    if name == "exception":
        return LintFinding(root, "exception", "error", file, is_crash=True)
    tool, rule = _tool_and_rule(get("source", ""), root)
    level = _level(get("severity", ""))
    return LintFinding(tool, rule, level, file, number(get("line")), number(get("column")), get("message", ""))


def _phpcs(_root: str, name: str, attributes: Mapping[str, str], file: str) -> LintFinding:
    get = attributes.get
    level = "warning" if name == "warning" else "error"  # its severity is a number from 1 to 10 of something else
    return LintFinding("phpcs", get("source", ""), level, file, number(get("line")), number(get("column")))


def _pmd(_root: str, name: str, attributes: Mapping[str, str], file: str) -> LintFinding:
    get = attributes.get
    file = get("filename", "") or file
    if name == "error":
        return LintFinding("PMD", "processing error", "error", file, message=get("msg", ""), is_crash=True)
    return LintFinding(
        "PMD",
        get("rule", ""),
        "error" if get("priority") in _PMD_ERRORS else "warning",
        file,
        number(get("beginline")) or number(get("line")),
        number(get("begincolumn")),
        message=get("msg", ""),
        url=get("externalInfoUrl", ""),
        is_suppressed=name == "suppressedviolation",
    )


def _cppcheck(_root: str, _name: str, attributes: Mapping[str, str], _file: str) -> LintFinding:
    """Take style, performance and portability as warnings, as Cppcheck itself does where it writes SARIF."""
    get = attributes.get
    finding = LintFinding("cppcheck", get("id", ""), _level(get("severity", "none")), get("file", ""))
    finding.line, finding.message, finding.verbose = number(get("line")), get("msg", ""), get("verbose", "")
    return finding


def _android(_root: str, _name: str, attributes: Mapping[str, str], _file: str) -> LintFinding:
    get = attributes.get
    finding = LintFinding("Android lint", get("id", ""), _level(get("severity", "")), message=get("message", ""))
    finding.verbose, finding.url = get("explanation", ""), get("url", "")
    return finding


def _spotbugs(_root: str, name: str, attributes: Mapping[str, str], _file: str) -> LintFinding | None:
    if name != "BugInstance":
        return None
    return LintFinding(
        "SpotBugs", attributes.get("type", ""), "error" if attributes.get("priority") == "1" else "warning"
    )


def _jslint(root: str, _name: str, attributes: Mapping[str, str], file: str) -> LintFinding:
    get = attributes.get
    level = _level(get("severity", "warning"))
    rule = get("rule", "") or root
    return LintFinding(root, rule, level, file, number(get("line")), number(get("char")), get("reason", ""))


def _level(severity: str) -> str:
    """Return a SARIF level; a word that is not known is one that the tool objects by."""
    word = severity.strip().lower()
    return _NOT_FAILING.get(word) or ("error" if word in _ERRORS else "warning")


def _tool_and_rule(source: str, root: str) -> tuple[str, str]:
    """Split `eslint.rules.no-undef` and `ShellCheck.SC2086`, so that a rule has one name in every format."""
    found = _TOOL_IN_SOURCE.match(source)
    return (found["tool"], found["rule"]) if found else (root, source)


_DIALECTS: Mapping[str, Callable[[str, str, Mapping[str, str], str], LintFinding | None]] = {
    "phpcs": _phpcs,
    "pmd": _pmd,
    "results": _cppcheck,
    "issues": _android,
    "BugCollection": _spotbugs,
    "jslint": _jslint,
    "lint": _jslint,
}
