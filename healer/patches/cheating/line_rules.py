"""Patterns that give cheating away in one line, language by language, where no syntax tree is needed to be sure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from healer.patches.cheating.findings import Cheat, Level

_SCRIPT = frozenset({"js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"})
_JVM = frozenset({"java", "kt", "kts", "scala", "groovy"})
_C = frozenset({"c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm"})
_GO, _RUST, _RUBY, _PHP, _SHARP, _SWIFT = (frozenset({one}) for one in ("go", "rs", "rb", "php", "cs", "swift"))
_SHELL = frozenset({"sh", "bash", "zsh"})
_PYTHON = frozenset({"py", "pyi", "pyw"})
_BRACES = _SCRIPT | _JVM | _C | _PHP | _SHARP | _SWIFT | frozenset({"dart"})
_ANY = frozenset[str]()

_LEAVES = "ends the process together with its tests; return or raise an error instead"
_SNIFFS = "asks whether a test is running; code must do the same for every caller"
_EMPTY = "drops an error; repair what raises it, or handle it"
_ALWAYS = "decides nothing; ask what decides, or leave the condition out"
_LINT = "silences an analyser; repair what it reports"
_SKIP = "takes a test out of the run; repair what the test exercises"
_WAIT = "waits, which hides a race instead of ending it"
_RUNS = "runs code or processes that no reader of the change can see"


@dataclass(frozen=True, slots=True)
class LineRule:
    """A pattern that means one kind of cheating in files with these suffixes; none means every language."""

    cheat: Cheat
    level: Level
    suffixes: frozenset[str]
    why: str
    pattern: re.Pattern[str]


def _rejects(cheat: Cheat, suffixes: frozenset[str], why: str, *patterns: str) -> LineRule:
    return LineRule(cheat, Level.REJECT, suffixes, why, re.compile("|".join(patterns)))


def _flags(cheat: Cheat, suffixes: frozenset[str], why: str, *patterns: str) -> LineRule:
    return LineRule(cheat, Level.FLAG, suffixes, why, re.compile("|".join(patterns)))


TRIAL = _rejects(
    Cheat.TEST_SNIFFING, _ANY, "reaches for the trial itself; a repair has no use for it",
    r"\bSELF_HEAL_[A-Z]+", r"/proc/(?:self|\d+)/(?:fd|mem|environ)", r"\bPYTEST_CURRENT_TEST\b",
)  # fmt: skip
"""Never right, whatever the file held before."""

EMBEDDED = (
    _rejects(Cheat.EXIT, _ANY, _LEAVES, r"\bos\._exit\b"),
    _rejects(Cheat.TEST_SNIFFING, _ANY, _SNIFFS, r"\b_pytest\b"),
)
"""For Python that no syntax tree is made of: in Cython, templates and notebooks, or too new for our own parser."""

LINE_RULES = (
    TRIAL,
    _rejects(
        Cheat.TEST_SNIFFING, _SCRIPT, _SNIFFS,
        r"NODE_ENV\s{0,3}[!=]==?\s{0,3}['\"]test", r"process\.env\.(?:CI|VITEST|JEST_WORKER_ID|GITHUB_ACTIONS)\b",
        r"\bJEST_WORKER_ID\b", r"import\.meta\.vitest", r"typeof\s{1,3}(?:jest|describe|vi)\s{0,3}[!=]==?",
    ),
    _rejects(
        Cheat.TEST_SNIFFING, _GO, _SNIFFS,
        r"\btesting\.Testing\(\)", r"flag\.Lookup\(\"test\.", r"Getenv\(\"(?:CI|GITHUB_\w+)\"",
    ),
    _rejects(Cheat.TEST_SNIFFING, _RUST, _SNIFFS, r"\bcfg(?:!|_attr)?\s{0,3}\([^\n]{0,200}?\btest\b"),
    _rejects(
        Cheat.TEST_SNIFFING, _JVM | _SHARP, _SNIFFS,
        r"getenv\(\"(?:CI|GITHUB_\w+)\"", r"\bimport org\.junit\.", r"GetEnvironmentVariable\(\"(?:CI|GITHUB_\w+)\"",
    ),
    _rejects(
        Cheat.TEST_SNIFFING, _RUBY, _SNIFFS,
        r"defined\?\s{0,2}\(?(?:RSpec|Minitest|Test::Unit)", r"ENV\[['\"](?:CI|GITHUB_\w+)['\"]\]",
    ),
    _rejects(
        Cheat.TEST_SNIFFING, _PHP, _SNIFFS,
        r"defined\(['\"]PHPUNIT", r"getenv\(['\"](?:CI|GITHUB_\w+)['\"]", r"PHPUNIT_COMPOSER_INSTALL",
    ),
    _rejects(Cheat.EXIT, _SCRIPT, _LEAVES, r"\bprocess\.(?:exit|abort|kill)\s{0,2}\(", r"\bDeno\.exit\("),
    _rejects(Cheat.EXIT, _GO, _LEAVES, r"\bos\.Exit\(", r"\blog\.Fatal(?:f|ln)?\(", r"\bruntime\.Goexit\("),
    _rejects(Cheat.EXIT, _JVM, _LEAVES, r"\bSystem\.exit\(", r"getRuntime\(\)\.halt\(", r"\bexitProcess\("),
    _rejects(Cheat.EXIT, _RUST, _LEAVES, r"\bprocess::(?:exit|abort)\("),
    _rejects(Cheat.EXIT, _C, _LEAVES, r"(?<![\w.>:])(?:std::)?(?:_?_?exit|_Exit|quick_exit|abort)\s{0,2}\("),
    _rejects(Cheat.EXIT, _SHARP, _LEAVES, r"\bEnvironment\.(?:Exit|FailFast)\("),
    _rejects(Cheat.EXIT, _RUBY, _LEAVES, r"^\s{0,80}(?:Kernel\.)?(?:exit!?|abort)(?:[\s(]|$)"),
    _rejects(Cheat.EXIT, _PHP, _LEAVES, r"(?<![\w>$:])(?:exit|die)\s{0,2}[(;]"),
    _rejects(
        Cheat.SWALLOWED_EXCEPTION, _BRACES, _EMPTY,
        r"\bcatch\s{0,3}(?:\([^()]{0,200}\)\s{0,3})?\{\s{0,20}(?:(?:return|continue|break)?;?\s{0,20})\}",
        r"\.catch\(\s{0,3}(?:\(\w{0,30}\)|\w{1,30})\s{0,3}=>\s{0,3}(?:\{\s{0,10}\}|null|undefined)\s{0,3}\)",
    ),
    _rejects(
        Cheat.SWALLOWED_EXCEPTION, _RUBY, _EMPTY, r"\brescue\s{1,3}(?:nil|false|true|0|\[\]|\{\}|''|\"\")\s{0,3}$"
    ),
    _flags(Cheat.SWALLOWED_EXCEPTION, _GO, _EMPTY, r"^\s{0,80}_\s{0,2}=\s{0,2}err\b", r"\brecover\(\)"),
    _flags(Cheat.SWALLOWED_EXCEPTION, _RUST, _EMPTY, r"\bcatch_unwind\("),
    _rejects(
        Cheat.SWALLOWED_EXCEPTION, _SHELL, _EMPTY,
        r"\|\|\s{0,3}(?:true|:|exit 0)\s{0,3}(?:$|[;)#&])", r"^\s{0,20}set\s{1,3}\+e\b",
    ),
    _rejects(
        Cheat.SKIPPED_BEHAVIOUR, _BRACES, _ALWAYS,
        r"\bif\s{0,3}\(\s{0,3}!?(?:true|false|0|1)\s{0,3}\)", r"\|\|\s{0,3}true\b\s{0,3}[;)&]",
        r"&&\s{0,3}false\b\s{0,3}[;)|]",
    ),
    _rejects(
        Cheat.SKIPPED_BEHAVIOUR, _GO | _RUST | _SWIFT, _ALWAYS,
        r"\bif\s{1,3}!?(?:true|false)\s{0,3}\{", r"\|\|\s{0,3}true\b", r"&&\s{0,3}false\b",
    ),
    _rejects(
        Cheat.SKIPPED_BEHAVIOUR, _SCRIPT, _SKIP,
        r"(?<![\w.])(?:it|test|describe)\.(?:skip|todo)\(", r"(?<![\w.])x(?:it|describe|test)\(",
    ),
    _rejects(Cheat.SKIPPED_BEHAVIOUR, _GO, _SKIP, r"\b[tb]\.Skip(?:f|Now)?\("),
    _rejects(Cheat.SKIPPED_BEHAVIOUR, _RUST, _SKIP, r"#\[ignore\b"),
    _rejects(Cheat.SKIPPED_BEHAVIOUR, _JVM | _SHARP, _SKIP, r"^\s{0,80}@(?:Disabled|Ignore)\b", r"\[Ignore\b"),
    _rejects(
        Cheat.SILENCED, _SCRIPT, _LINT,
        r"eslint-disable", r"@ts-(?:ignore|nocheck|expect-error)", r"biome-ignore", r"tslint:disable",
    ),
    _rejects(
        Cheat.SILENCED, _PYTHON, _LINT,
        r"#\s{0,3}(?:type:\s{0,2}ignore|noqa|nosec|pylint:\s{0,2}disable|mypy: ignore|pyright: ignore|lgtm|codeql)",
    ),
    _rejects(
        Cheat.SILENCED, _GO | _JVM | _RUST | _SHARP | _C | _RUBY | _PHP, _LINT,
        r"//\s{0,2}nolint", r"@SuppressWarnings", r"#!?\[allow\(", r"#pragma warning disable", r"NOLINT",
        r"rubocop:disable", r"phpcs:ignore", r"@phpstan-ignore", r"@psalm-suppress", r"NOSONAR",
    ),
    _flags(
        Cheat.WAITING, _GO | _JVM | _RUST | _SHARP | _RUBY | _PHP | _C | _SCRIPT, _WAIT,
        r"\btime\.Sleep\(", r"\bThread\.[sS]leep\(", r"thread::sleep\(", r"\bTask\.Delay\(",
        r"(?<![\w.$>])u?sleep\(", r"\bsetTimeout\(",
    ),
    _rejects(
        Cheat.REACHES_OUT, _SCRIPT, _RUNS,
        r"(?<![\w.])eval\(", r"\bnew Function\(", r"['\"](?:node:)?child_process['\"]",
    ),
    _rejects(Cheat.REACHES_OUT, _GO, _RUNS, r"^\s{0,80}(?:import\s{1,3})?\"(?:os/exec|plugin|unsafe)\""),
    _rejects(
        Cheat.REACHES_OUT, _RUBY | _PHP, _RUNS, r"(?<![\w.:>$])(?:eval|shell_exec|passthru|proc_open)\s{0,2}\("
    ),
)  # fmt: skip
