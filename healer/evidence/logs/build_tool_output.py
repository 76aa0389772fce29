"""What npm, Maven and Gradle give as the reason for giving up; worth hearing where nothing else says why."""

from __future__ import annotations

import re

from healer.evidence.failures import failure_of
from healer.evidence.logs.blocks import said
from healer.models.evidence import CaseOutcome, Failure, Tally

_NPM = re.compile(r"^npm (?:ERR!|error)(?: ([^\n]{0,2000}))?$", re.MULTILINE)
_NPM_CODE = re.compile(r"code (E[A-Z0-9_]{2,40})$")
_NPM_NOISE = re.compile(
    r"(?:code |A complete log of this run|/\S{0,500}_logs/|(?:path|cwd|dest|syscall|errno|command|location"
    r"|workspace|prefix|Exit status) |$)"
)
_MAVEN = re.compile(
    r"^\[ERROR\] Failed to execute goal (?:\S{1,200}:)?([\w.-]{1,200}:[\w.-]{1,60}:[\w-]{1,100})(?: \([^)\n]{1,100}\))?"
    r" on project ([\w.-]{1,200}): ([^\n]{1,4000}?)(?: -> \[Help \d{1,3}\])?$",
    re.MULTILINE,
)
_MAVEN_POM = re.compile(
    r"^\[ERROR\] (?:Some problems were encountered|The build could not read)[^\n]{0,300}$\n"
    r"(?:\[[A-Z]{4,5}\] [^\n]{1,1000}\n?){1,20}",
    re.MULTILINE,
)
_GRADLE = re.compile(r"^\* What went wrong:\n((?:(?!\* Try:|\* Exception is:|$)[^\n]{1,2000}\n){1,40})", re.MULTILINE)
_GRADLE_TASK = re.compile(r"Execution failed for task '([^'\n]{1,300})'")


def failures(text: str) -> tuple[Failure, ...]:
    """Return the reasons: of npm as `npm`, of Maven by project, of Gradle by task."""
    found: list[Failure] = []
    if "npm ERR!" in text or "npm error" in text:
        found.extend(_npm(text))
    if "[ERROR] " in text:
        found.extend(_reason(match[2], match[1], match[3], match[0]) for match in _MAVEN.finditer(text))
        found.extend(_reason("pom.xml", None, match[0], match[0]) for match in _MAVEN_POM.finditer(text))
    if "* What went wrong:\n" in text:
        for match in _GRADLE.finditer(text):
            task = _GRADLE_TASK.match(match[1])
            found.append(_reason(task[1] if task else "gradle", None, said(match[1]), match[0]))
    return tuple(found[:_REASONS])


_REASONS = 100


def tally(_text: str) -> tuple[int, Tally] | None:
    """Return None: a build tool counts no tests."""
    return None


def _npm(text: str) -> list[Failure]:
    lines = [match[1] or "" for match in _NPM.finditer(text)]
    codes = [match[1] for line in lines if (match := _NPM_CODE.match(line))]
    words = [line.strip() for line in lines if not _NPM_NOISE.match(line.strip())]
    if not words and not codes:
        return []
    body = "\n".join(line.rstrip() for line in lines).strip("\n")
    return [_reason("npm", codes[-1] if codes else None, "\n".join(words[:8]), body)]


def _reason(name: str, kind: str | None, message: str, text: str) -> Failure:
    return failure_of(CaseOutcome.ERROR, name=name, type_name=kind, message=message, text=text.strip("\n"), frames=())
