"""Every tool of this family against what it printed itself, the others' output, and arbitrary text."""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.logs import (
    bats_output,
    build_tool_output,
    cucumber_output,
    dart_output,
    dotnet_output,
    exunit_output,
    gradle_output,
    jasmine_output,
    jest_output,
    junit_console_output,
    jvm_crash,
    minitest_output,
    mocha_output,
    node_crash,
    node_test_output,
    php_fatal,
    phpunit_output,
    playwright_output,
    prove_output,
    rspec_output,
    ruby_crash,
    sbt_output,
    surefire_output,
    swift_output,
    teamcity_output,
    vitest_output,
)
from healer.evidence.wording import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.logs.console import LogParser

GOLDEN = Path(__file__).parents[2] / "data" / "golden"

TOOLS: dict[str, LogParser] = {
    "jest": jest_output,
    "vitest": vitest_output,
    "mocha": mocha_output,
    "node-test": node_test_output,
    "playwright": playwright_output,
    "rspec": rspec_output,
    "minitest": minitest_output,
    "phpunit": phpunit_output,
    "prove": prove_output,
    "junit5": junit_console_output,
    "maven": surefire_output,
    "bats": bats_output,
}
OTHERS: tuple[LogParser, ...] = (
    teamcity_output,
    jasmine_output,
    gradle_output,
    sbt_output,
    dotnet_output,
    exunit_output,
    swift_output,
    dart_output,
)
LAST_WORDS: tuple[LogParser, ...] = (node_crash, jvm_crash, ruby_crash, php_fatal, build_tool_output)

UNTOLD = {
    # Jest joins the titles with the sign that one of them holds.
    "jest": {"test/engine.test.js::engine > nested \u203a group > objects differ"},
    # The dot reporter names neither files nor suites.
    "node-test/dot.log": None,
    # prove counts a test and the one inside it as one.
    "prove": {"t/engine.t::inner fails"},
}
"""Ids that the output does not tell; None for all of a file's."""


def logs(names: set[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    for truth in sorted(GOLDEN.glob("*/truth.json")):
        if names is None or truth.parent.name in names:
            for entry in json.loads(truth.read_text()):
                if entry["kind"] == "log" and not entry["file"].endswith(".zip"):
                    yield truth.parent.name, entry


@functools.cache
def text_of(tool: str, file: str) -> str:
    return clean((GOLDEN / tool / file).read_text(errors="replace"))


OWN = [pytest.param(tool, entry, id=f"{tool}/{entry['file']}") for tool, entry in logs(set(TOOLS))]


@pytest.mark.parametrize(("tool", "truth"), OWN)
def test_a_tool_is_read_as_it_says_itself(tool: str, truth: dict[str, Any]) -> None:
    text = text_of(tool, truth["file"])
    counted = TOOLS[tool].tally(text)
    keys = {"passed": "passed", "failed": "failed", "errors": "errors", "skipped": "skipped"}
    if counted:
        told = {key: truth[key] for key in keys if truth[key] is not None}
        assert {key: getattr(counted[1], key) for key in told} == told
    else:
        assert truth["verdict"] != "passed"
    untold = UNTOLD.get(f"{tool}/{truth['file']}", UNTOLD.get(tool, set()))
    if untold is not None:
        expected = {case["id"] for case in truth["failing"] if not case.get("parent")} - untold
        found = {failure.id for failure in TOOLS[tool].failures(text)}
        if found:
            assert expected - {None} <= found


@pytest.mark.parametrize(("tool", "truth"), OWN)
def test_what_a_failing_test_says_and_where_is_found(tool: str, truth: dict[str, Any]) -> None:
    failures = {failure.id: failure for failure in TOOLS[tool].failures(text_of(tool, truth["file"]))}
    for case in truth["failing"]:
        failure = failures.get(case["id"])
        if failure is None or (tool, case["name"]) == ("minitest", "test_fails_first"):
            continue  # what is not told is another test's; and a test that breaks in teardown too is placed there
        assert case["message_contains"] is None or case["message_contains"] in failure.message
        if case["line"] is not None and failure.line is not None:
            assert failure.line == case["line"]
        if case["file"] is not None:
            assert (failure.file or "").rpartition("/")[2] == case["file"].rpartition("/")[2]


FOREIGN = [
    pytest.param(name, parser, id=name)
    for name, parser in [
        *TOOLS.items(),
        ("cucumber", cucumber_output),
        *((parser.__name__.rpartition(".")[2], parser) for parser in OTHERS),  # type: ignore[attr-defined] # a module
    ]
]


@pytest.mark.parametrize(("own", "parser"), FOREIGN)
def test_a_tool_is_silent_on_what_others_print(own: str, parser: LogParser) -> None:
    for tool, entry in logs():
        if tool not in {own, "github"}:
            text = text_of(tool, entry["file"])
            assert (tool, entry["file"], parser.failures(text), parser.tally(text)) == (tool, entry["file"], (), None)


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_any_piece_of_output_is_survived(tool: str) -> None:
    lines = [
        line
        for name, entry in logs({tool})
        if name == tool
        for line in text_of(tool, entry["file"]).splitlines(keepends=True)
    ]
    choice = random.Random(tool)  # noqa: S311 - the same pieces in each run, for no secret
    for _ in range(20):
        start = choice.randrange(len(lines))
        piece = lines[start : start + choice.randrange(1, 200)]
        choice.shuffle(piece)
        for parser in (*TOOLS.values(), *OTHERS, *LAST_WORDS):
            found = parser.failures("".join(piece))
            assert all(failure.id and failure.kind.is_failing for failure in found)
            counted = parser.tally("".join(piece))
            assert counted is None or counted[1].tests >= 0


PIECES = st.lists(
    st.sampled_from(
        [
            *("FAIL a.js\n", "  \u25cf a \u203a b\n\n    boom\n", "Test Suites: 1 failed, 1 total\n"),
            *(
                "Tests:       1 failed, 1 total\n",
                "\u23af\u23af\u23af Failed Tests 1 \u23af\u23af\u23af\n",
                " FAIL  a.ts > b\n",
            ),
            *(
                "\u23af\u23af[1/1]\u23af\n",
                " Test Files  1 failed (1)\n      Tests  1 failed (1)\n",
                "\n\n  0 passing (1ms)\n",
            ),
            *("  1 failing\n", "  1) a\n       b:\n", "     Error: x\n      at Context.<anonymous> (a.js:1:2)\n"),
            *(
                "\n\u2716 failing tests:\n",
                "test at a.mjs:1:2\n",
                "\u2716 a (1.0ms)\n",
                "Running 1 test using 1 worker\n",
            ),
            *(
                "  1) [x] \u203a a.ts:1:2 \u203a b \u2500\u2500\n",
                "  1 failed\n",
                "Failures:\n",
                "Finished in 1 seconds\n",
            ),
            *("1 example, 1 failure\n", "rspec ./a_spec.rb:1 # a\n", "  1) Failure:\n", "A#test_b [a.rb:1]:\n"),
            *("1 runs, 1 assertions, 1 failures, 0 errors, 0 skips\n", "There was 1 failure:\n\n", "1) A::b\n"),
            *(
                "Time: 1, Memory: 2\n",
                "Tests: 1, Assertions: 1, Failures: 1.\n",
                "Tests run: 1, Failures: 1, Errors: 0, Skipped: 0\n",
            ),
            *(
                "[ERROR] a.B.c -- Time elapsed: 1 s <<< FAILURE!\n",
                "A > b FAILED\n    x.Y: z\n",
                "1 test completed, 1 failed\n",
            ),
            *("Failures (1):\n", "    MethodSource [className = 'a.B', methodName = 'c', methodParameterTypes = '']\n"),
            *(
                "Test Case 'A.b' failed (1 seconds)\n",
                "00:00 +0 -1: a [E]\n",
                "  Failed A.B.c [1 ms]\n  Error Message:\n",
            ),
            *(
                "\nNode.js v20\n",
                "/a.js:1\nx\n^\n",
                'Exception in thread "main" a.B: c\n',
                "a.rb:1:in `b': c (D)\n",
                "\n",
                "\t",
            ),
        ]
    ),
    max_size=30,
).map("".join)


@given(PIECES | st.text(max_size=400))
def test_any_text_is_survived(text: str) -> None:
    for parser in (*TOOLS.values(), *OTHERS, *LAST_WORDS):
        for failure in parser.failures(text):
            assert failure.id
            assert failure.line is None or failure.line > 0
        counted = parser.tally(text)
        assert counted is None or 0 <= counted[0] <= len(text)


def test_prove_tells_what_a_subtest_said_with_the_test_around_it() -> None:
    texts = {failure.name: failure.message for failure in prove_output.failures(text_of("prove", "default.log"))}
    assert texts["group"].startswith("Failed test 'group'\nFailed test 'inner fails'\ngot: '4'\nexpected: '5'")


def test_playwrights_annotations_hide_nothing_of_what_its_list_says() -> None:
    (failure,) = playwright_output.failures(
        "Running 1 test using 1 worker\nF\n  1) [x] \u203a a.ts:1:2 \u203a adds \u2500\u2500\u2500\n\n"
        "  1) [x] \u203a a.ts:1:2 \u203a adds \u2500\u2500\u2500\n\n    Error: sums differ\n\n"
        "        at /w/a.ts:3:5\n\n"
        "  1 failed\n    [x] \u203a a.ts:1:2 \u203a adds \u2500\u2500\u2500\n"
    )
    assert (failure.id, failure.line, failure.message) == ("a.ts::adds", 3, "Error: sums differ")
