"""TeamCity's service messages, which many test runners print for an IDE or a CI: tests by name, suite and flow.

The grammar is that of https://www.jetbrains.com/help/teamcity/service-messages.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.evidence.exceptions import exception_type
from healer.evidence.failures import failure_of
from healer.evidence.frames import parse_frames, without_causes
from healer.evidence.limits import DEPTH, FAILURES
from healer.evidence.logs.blocks import own_frame
from healer.models.evidence import CaseOutcome, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK = "##teamcity["
_MESSAGE = re.compile(r"^[ \t]{0,40}##teamcity\[(\w{1,60}) ?((?:[^|\]\n]++|\|.)*+)\]", re.MULTILINE)
_ATTRIBUTE = re.compile(r"(\w{1,60}) {0,4}= {0,4}'((?:[^|'\n]++|\|.)*+)'")
_ESCAPE = re.compile(r"\|(0x[0-9A-Fa-f]{4}|.)")
_ESCAPED = {"n": "\n", "r": "", "x": "\n", "l": "\n", "p": "\n"}
_PHP = re.compile(r"php_qn://(.{1,2000}?\.php(?:t)?)::\\?([\w\\]{1,500})(?:::(.{1,1000}))?\Z", re.DOTALL)
_PROVIDER = re.compile(r"\b([\w\\]{1,500})::(\w{1,300}) is invalid")
_THROWN = re.compile(r"([A-Za-z_\\][\w\\.]{0,300}) : ")
_ASSERTION = re.compile(r"Assert|Expectation|Comparison")
_PHP_ASSERTION = "Failed asserting that "
_TESTS = 1_000_000


def failures(text: str) -> tuple[Failure, ...]:
    """Return the failing tests as `suite::test`, those that never ended, and problems of the build."""
    return tuple(_heard(text).failures.values()) if _MARK in text else ()


def tally(text: str) -> tuple[int, Tally] | None:
    """Return where the last message on a test stands and how the tests ended; None if there is none."""
    if _MARK not in text:
        return None
    heard = _heard(text)
    if not heard.outcomes:
        return None
    counts = {outcome: sum(each is outcome for each in heard.outcomes.values()) for outcome in CaseOutcome}
    passed, failed, errors, skipped = (counts[outcome] for outcome in CaseOutcome)
    return heard.position, Tally(passed, failed, errors, skipped)


@dataclass(slots=True)
class _Heard:
    """The tests so far, by identity and run; with support for retries the last run of an identity counts."""

    position: int = 0
    suites: dict[str, list[str]] = field(default_factory=dict)
    running: dict[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict)
    outcomes: dict[tuple[str, int], CaseOutcome] = field(default_factory=dict)
    failures: dict[tuple[str, int], Failure] = field(default_factory=dict)
    hints: dict[tuple[str, int], str] = field(default_factory=dict)
    is_retrying: bool = False
    count: int = 0


def _heard(text: str) -> _Heard:
    heard = _Heard()
    for match in _MESSAGE.finditer(text):
        _take(heard, match[1], {key: _plain(value) for key, value in _ATTRIBUTE.findall(match[2])}, match.start())
    for (_, _, name), test in heard.running.items():
        if heard.outcomes[test] is CaseOutcome.PASSED:
            said = "the output ends while this test was running"
            _fail(heard, test, CaseOutcome.ERROR, name, {"message": said})
    return heard


def _take(heard: _Heard, kind: str, said: Mapping[str, str], position: int) -> None:
    flow, name = said.get("flowId", ""), said.get("name", "")
    suites = heard.suites.setdefault(flow, []) if len(heard.suites) < _TESTS else []
    if kind == "testSuiteStarted" and len(suites) < DEPTH:
        suites.append(name)
    elif kind == "testSuiteFinished" and name in suites:
        del suites[len(suites) - 1 - suites[::-1].index(name) :]
    elif kind == "testRetrySupport":
        heard.is_retrying = said.get("enabled") == "true"
    elif kind == "buildProblem":
        problem = said.get("description", "")
        heard.count += 1
        _fail(heard, ("", heard.count), CaseOutcome.ERROR, problem.partition("\n")[0], {"message": problem})
    elif kind in {"testStarted", "testFailed", "testIgnored", "testFinished"} and len(heard.outcomes) < _TESTS:
        heard.position = position
        _take_test(heard, kind, (flow, suites[-1] if suites else "", name), said)


def _take_test(heard: _Heard, kind: str, key: tuple[str, str, str], said: Mapping[str, str]) -> None:
    test = heard.running.get(key)
    if test is None or kind == "testStarted":
        heard.count += not heard.is_retrying
        test = heard.running[key] = ("\n".join(key[1:]), heard.count)
        heard.outcomes[test] = CaseOutcome.PASSED
        heard.failures.pop(test, None)
    if "locationHint" in said and len(heard.failures) < FAILURES:
        heard.hints[test] = said["locationHint"]
    if kind == "testIgnored" and heard.outcomes[test] is CaseOutcome.PASSED:
        heard.outcomes[test] = CaseOutcome.SKIPPED
    elif kind == "testFailed":
        thrown = _THROWN.match(said.get("message", ""))
        is_error = thrown is not None and not _ASSERTION.search(thrown[1])
        _fail(heard, test, CaseOutcome.ERROR if is_error else CaseOutcome.FAILED, key[2], said)
    elif kind == "testFinished":
        heard.running.pop(key, None)
        heard.hints.pop(test, None)


def _fail(heard: _Heard, test: tuple[str, int], kind: CaseOutcome, name: str, said: Mapping[str, str]) -> None:
    heard.outcomes[test] = kind
    if len(heard.failures) < FAILURES and test not in heard.failures:
        suite = test[0].partition("\n")[0]
        heard.failures[test] = _failure(kind, suite, name, heard.hints.get(test, ""), said)


def _failure(kind: CaseOutcome, suite: str, name: str, hint: str, said: Mapping[str, str]) -> Failure:
    message = said.get("message", "")
    compared = [f"{key}: {said[key]}" for key in ("expected", "actual") if said.get(key)]
    details = "\n".join(line.removeprefix(" ") for line in said.get("details", "").splitlines())
    thrown = _THROWN.match(message)
    if php := _PHP.match(hint):
        suite = php[2]
    if suite.startswith("PHPUnit\\Framework\\") and (provider := _PROVIDER.search(message)):
        suite, name = provider[1], provider[2]
    type_name = thrown[1] if thrown else exception_type(message)
    if type_name is None and php and _PHP_ASSERTION in message:
        type_name = "PHPUnit\\Framework\\ExpectationFailedException"
    words = message.strip()
    own = own_frame(parse_frames(without_causes(details))) or own_frame(parse_frames(details))
    text = "\n".join(filter(None, (words, *compared, details.strip("\n"))))
    return failure_of(
        kind,
        name=name,
        suite=suite,
        file=own.file if own else None,
        line=own.line if own else None,
        type_name=type_name,
        message="\n".join(filter(None, (words, *compared))),
        text=text,
        frames=parse_frames(details) or parse_frames(message),
    )


def _plain(value: str) -> str:
    return _ESCAPE.sub(_unescaped, value)


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if len(match[1]) > 1 else _ESCAPED.get(match[1], match[1])
