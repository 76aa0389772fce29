"""What gives cheating away in the lines of any language: rules that need no syntax tree, on added lines only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.patches.cheating.findings import Cheat, Finding, Level
from healer.patches.diff import opcodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.patches.cheating.failing import Symptoms

_LINE = 1_000
_SCRIPT = frozenset({"js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"})
_JVM = frozenset({"java", "kt", "kts", "scala", "groovy"})
_C = frozenset({"c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm"})
_GO, _RUST, _RUBY, _PHP, _SHARP = (frozenset({one}) for one in ("go", "rs", "rb", "php", "cs"))
_SHELL = frozenset({"sh", "bash", "zsh"})
_PYTHON = frozenset({"py", "pyi", "pyw"})
_BRACES = _SCRIPT | _JVM | _C | _PHP | _SHARP | frozenset({"swift", "dart"})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern that means one kind of cheating in files with these suffixes; none means every language."""

    cheat: Cheat
    level: Level
    suffixes: frozenset[str]
    pattern: re.Pattern[str]
    why: str


def _rule(cheat: Cheat, level: Level, suffixes: frozenset[str], pattern: str, why: str) -> _Rule:
    return _Rule(cheat, level, suffixes, re.compile(pattern), why)


_ANY = frozenset[str]()
_LEAVES = "ends the process together with its tests"
_SNIFFS = "asks whether a test is running; code must do the same for every caller"
_EMPTY = "drops an exception; repair what raises, or handle it"
_ALWAYS = "is a condition that decides nothing"
_LINT = "silences an analyser; repair what it reports"
_SKIP = "takes a test out of the run"
_WAIT = "waits, which hides a race instead of ending it"
_RULES = (
    _rule(Cheat.TEST_SNIFFING, Level.REJECT, _ANY, r"\bSELF_HEAL_[A-Z]+|/proc/self/(?:fd|mem|environ)|\bPYTEST_CURRENT_TEST\b",
          "reaches for the trial itself"),
    _rule(Cheat.TEST_SNIFFING, Level.REJECT, _SCRIPT,
          r"NODE_ENV\s{0,3}[!=]==?\s{0,3}['\"]test|process\.env\.(?:CI|VITEST|JEST_WORKER_ID|GITHUB_ACTIONS)\b|\bJEST_WORKER_ID\b|import\.meta\.vitest", _SNIFFS),
    _rule(Cheat.TEST_SNIFFING, Level.REJECT, _GO, r"\btesting\.Testing\(\)|flag\.Lookup\(\"test\.|Getenv\(\"(?:CI|GITHUB_\w+)\"", _SNIFFS),
    _rule(Cheat.TEST_SNIFFING, Level.REJECT, _JVM | _SHARP, r"getenv\(\"(?:CI|GITHUB_\w+)\"|org\.junit\.|getStackTrace\(\).{0,80}(?i:test|junit)", _SNIFFS),
    _rule(Cheat.TEST_SNIFFING, Level.REJECT, _RUBY, r"defined\?\s{0,2}\(?(?:RSpec|Minitest|Test::Unit)|ENV\[['\"](?:CI|GITHUB_\w+|RAILS_ENV)['\"]\].{0,10}test|ENV\[['\"]CI['\"]\]", _SNIFFS),
    _rule(Cheat.TEST_SNIFFING, Level.REJECT, _PHP, r"defined\(['\"]PHPUNIT|getenv\(['\"](?:CI|GITHUB_\w+)['\"]|PHPUNIT_COMPOSER_INSTALL", _SNIFFS),
    _rule(Cheat.EXIT, Level.REJECT, _SCRIPT, r"\bprocess\.(?:exit|abort|kill)\s{0,2}\(|\bDeno\.exit\(", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _GO, r"\bos\.Exit\(|\blog\.Fatal(?:f|ln)?\(|\bsyscall\.Exit\(|\bruntime\.Goexit\(", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _JVM, r"\bSystem\.exit\(|\.halt\(|\bexitProcess\(", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _RUST, r"\bprocess::(?:exit|abort)\(", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _C, r"(?<![\w.>:])(?:std::)?(?:_?_?exit|_Exit|quick_exit|abort)\s{0,2}\(", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _SHARP, r"\bEnvironment\.(?:Exit|FailFast)\(", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _RUBY, r"(?<![\w.:])(?:Kernel\.)?(?:exit!?|abort)(?:\s|\(|$)", _LEAVES),
    _rule(Cheat.EXIT, Level.REJECT, _PHP, r"(?<![\w>$:])(?:exit|die)\s{0,2}[(;]", _LEAVES),
    _rule(Cheat.SWALLOWED_EXCEPTION, Level.REJECT, _BRACES,
          r"\bcatch\s{0,3}(?:\([^()]{0,200}\)\s{0,3})?\{\s{0,20}(?:(?:return|continue|break)?;?\s{0,20})\}|\.catch\(\s{0,3}(?:\(\w{0,30}\)|\w{1,30})\s{0,3}=>\s{0,3}(?:\{\s{0,10}\}|null|undefined)\s{0,3}\)", _EMPTY),
    _rule(Cheat.SWALLOWED_EXCEPTION, Level.REJECT, _RUBY, r"\brescue\s{1,3}(?:nil|false|true|0|\[\]|\{\}|['\"]{2})\s{0,3}$", _EMPTY),
    _rule(Cheat.SWALLOWED_EXCEPTION, Level.FLAG, _GO, r"^\s{0,80}_\s{0,2}=\s{0,2}err\b|\brecover\(\)", _EMPTY),
    _rule(Cheat.SWALLOWED_EXCEPTION, Level.FLAG, _RUST, r"\bcatch_unwind\(|\.ok\(\);\s{0,3}$", _EMPTY),
    _rule(Cheat.SWALLOWED_EXCEPTION, Level.REJECT, _SHELL, r"\|\|\s{0,3}(?:true|:|exit 0)\s{0,3}(?:$|[;)#&])|^\s{0,20}set\s{1,3}\+e\b", _EMPTY),
    _rule(Cheat.SKIPPED_BEHAVIOUR, Level.REJECT, _BRACES, r"\bif\s{0,3}\(\s{0,3}!?(?:true|false|0|1)\s{0,3}\)|\|\|\s{0,3}true\b\s{0,3}[;)&]|&&\s{0,3}false\b\s{0,3}[;)|]", _ALWAYS),
    _rule(Cheat.SKIPPED_BEHAVIOUR, Level.REJECT, _GO | _RUST | frozenset({"swift"}), r"\bif\s{1,3}!?(?:true|false)\s{0,3}\{|\|\|\s{0,3}true\b|&&\s{0,3}false\b", _ALWAYS),
    _rule(Cheat.SKIPPED_BEHAVIOUR, Level.REJECT, _SCRIPT, r"(?<![\w.])(?:it|test|describe)\.(?:skip|todo)\(|(?<![\w.])x(?:it|describe|test)\(", _SKIP),
    _rule(Cheat.SKIPPED_BEHAVIOUR, Level.REJECT, _GO, r"\b[tb]\.Skip(?:f|Now)?\(", _SKIP),
    _rule(Cheat.SKIPPED_BEHAVIOUR, Level.REJECT, _RUST, r"#\[ignore\b", _SKIP),
    _rule(Cheat.SKIPPED_BEHAVIOUR, Level.REJECT, _JVM | _SHARP, r"@(?:Disabled|Ignore)\b|\[Ignore\b", _SKIP),
    _rule(Cheat.SILENCED, Level.REJECT, _SCRIPT, r"eslint-disable|@ts-(?:ignore|nocheck|expect-error)|biome-ignore|tslint:disable|istanbul ignore", _LINT),
    _rule(Cheat.SILENCED, Level.REJECT, _PYTHON, r"#\s{0,3}(?:type:\s{0,2}ignore|noqa|nosec|pragma: no cover|pylint:\s{0,2}disable|mypy: ignore|pyright: ignore|lgtm|codeql)", _LINT),
    _rule(Cheat.SILENCED, Level.REJECT, _GO | _JVM | _RUST | _SHARP | _C | _RUBY | _PHP,
          r"//\s{0,2}nolint|@SuppressWarnings|#!?\[allow\(|#pragma warning disable|NOLINT|rubocop:disable|phpcs:ignore|@phpstan-ignore|@suppress\b|NOSONAR", _LINT),
    _rule(Cheat.WAITING, Level.FLAG, _GO | _JVM | _RUST | _SHARP | _RUBY | _PHP | _C | _SCRIPT,
          r"\btime\.Sleep\(|\bThread\.[sS]leep\(|thread::sleep\(|\bTask\.Delay\(|(?<![\w.])u?sleep\(|\bsetTimeout\(", _WAIT),
    _rule(Cheat.REACHES_OUT, Level.REJECT, _SCRIPT, r"\beval\(|new Function\(|require\(['\"](?:node:)?child_process['\"]\)|from ['\"](?:node:)?child_process['\"]", "runs foreign code"),
    _rule(Cheat.REACHES_OUT, Level.REJECT, _GO, r"\"os/exec\"|\"net/http/httptest\"|\"plugin\"", "runs foreign code"),
    _rule(Cheat.REACHES_OUT, Level.REJECT, _RUBY | _PHP, r"(?<![\w.:>$])(?:eval|shell_exec|passthru|proc_open)\s{0,2}\(", "runs foreign code"),
)  # fmt: skip
_COMMENT = re.compile(r"^\s{0,200}(?://|#(?!\[|!\[|pragma)|\*|/\*|--|;)")


def find_in_lines(path: str, before: Sequence[str], after: Sequence[str], symptoms: Symptoms) -> Iterator[Finding]:
    """Yield what added lines give away; what removed lines held as often is no news."""
    suffix = path.rpartition(".")[2].lower()
    removed: list[str] = []
    added: list[tuple[int, str]] = []
    for tag, i, j, k, m in opcodes(before, after):
        if tag != "equal":
            removed += before[i:j]
            added += zip(range(k + 1, m + 1), after[k:m], strict=True)
    for rule in _RULES:
        is_meant = not rule.suffixes or suffix in rule.suffixes
        if is_meant and (symptoms.analysed or rule.cheat is not Cheat.SILENCED):
            yield from _broken(rule, path, removed, added)


def _broken(rule: _Rule, path: str, removed: Sequence[str], added: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    allowance = sum(bool(rule.pattern.search(line[:_LINE])) for line in removed)
    for number, line in _joined(added):
        seen = rule.pattern.search(line)
        if seen is None or (rule.cheat is not Cheat.SILENCED and _COMMENT.match(line)):
            continue
        if allowance:
            allowance -= 1
            continue
        what = " ".join(seen[0].split())[:80]
        yield Finding(rule.cheat, rule.level, path, number, f"{path}, line {number}: {what!a} {rule.why}")


def _joined(added: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield each line, one that opens a handler with the next two, so that an empty one is seen as a whole."""
    for position, (number, line) in enumerate(added):
        following = [text for other, text in added[position + 1 : position + 3] if other - number <= 2]
        opens = line.rstrip().endswith("{") and "catch" in line
        yield number, "\n".join([line, *following])[:_LINE] if opens else line[:_LINE]
