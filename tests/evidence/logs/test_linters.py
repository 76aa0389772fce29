from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs.linters import failures, says_clean, tally
from healer.models.evidence import CaseOutcome


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


MYPY = log("""
    pkg/a.py:6: error: Incompatible return value type (got "int", expected "str")  [return-value]
    pkg/a.py:12:7: error: Argument 1 to "f" has incompatible type "str"; expected "int"  [arg-type]
    pkg/a.py:12: note: See https://mypy.readthedocs.io
    Found 2 errors in 1 file (checked 1 source file)
""")

MYPY_PRETTY = log("""
    pkg/a.py:6:12: error: Incompatible return value type (got "int", expected
    "str")  [return-value]
            return x
                   ^
    Found 1 error in 1 file (checked 1 source file)
""")

RUFF = log("""
    F401 [*] `os` imported but unused
     --> pkg/a.py:1:8
      |
    1 | import os
      |        ^^
    help: Remove unused import: `os`

    invalid-syntax: Expected an identifier
     --> pkg/b.py:1:5
      |

    Found 2 errors.
""")

ESLINT = log("""

    /home/dev/js/src/e.js
      1:5   error    'unused' is assigned a value but never used  no-unused-vars
      3:16  warning  Unexpected 'debugger' statement              no-debugger

    /home/dev/js/src/e2.js
      1:7  error  Parsing error: Unexpected token =

    ✖ 3 problems (2 errors, 1 warning)

""")

SHELLCHECK = log("""
    In s.sh line 2:
    echo $1
         ^-- SC2086 (info): Double quote to prevent globbing and word splitting.

    In s.sh line 4:
    [[ a == b ]]
    ^----------^ SC3010 (warning): In POSIX sh, [[ ]] is undefined.
         ^-- SC2050 (warning): This expression is constant.

    For more information:
      https://www.shellcheck.net/wiki/SC2050 -- This expression is constant.
""")

BANDIT = log("""
    >> Issue: [B602:subprocess_popen_with_shell_equals_true] subprocess call with shell=True identified.
       Severity: High   Confidence: High
       CWE: CWE-78 (https://cwe.mitre.org/data/definitions/78.html)
       Location: src/engine.py:14:4
    13	    password = "hunter2"
""")

GOLANGCI = log("""
    calc/calc.go:12:9: Error return value of `f.Close` is not checked (errcheck)
    \tf.Close()
    \t       ^
    1 issues:
    * errcheck: 1
""")


@pytest.mark.parametrize(
    ("text", "tool", "expected"),
    [
        pytest.param(MYPY, "mypy", ["pkg/a.py:6: return-value", "pkg/a.py:12:7: arg-type"], id="mypy"),
        pytest.param(MYPY_PRETTY, "mypy", ["pkg/a.py:6:12: return-value"], id="mypy, wrapped"),
        pytest.param(
            "pkg/a.py:6: error: Bad\nFound 1 error in 1 file (checked 1 source file)\n",
            "mypy",
            ["pkg/a.py:6"],
            id="mypy without codes",
        ),
        pytest.param(RUFF, "ruff", ["pkg/a.py:1:8: F401", "pkg/b.py:1:5: invalid-syntax"], id="ruff"),
        pytest.param(
            "pkg/a.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n",
            "ruff",
            ["pkg/a.py:1:8: F401"],
            id="ruff, concise",
        ),
        pytest.param(
            "::error title=ruff (E401),file=/x/a.py,line=1,col=1::a.py:1:1: E401 Multiple imports%0A  help: Split\n",
            "ruff",
            ["a.py:1:1: E401"],
            id="ruff for GitHub",
        ),
        pytest.param(
            "a.py:\n  1:8  F401 [*] `os` imported but unused\nFound 1 error.\n",
            "ruff",
            ["a.py:1:8: F401"],
            id="ruff, grouped",
        ),
        pytest.param("a.py:1: [F401] `os` imported but unused\n", "ruff", ["a.py:1: F401"], id="ruff as pylint"),
        pytest.param("pkg/a.py:2:80: E501 line too long (81 > 79)\n", "flake8", ["pkg/a.py:2:80: E501"], id="flake8"),
        pytest.param(
            "a.py:11:10: E0602: Undefined variable 'x' (undefined-variable)\n",
            "pylint",
            ["a.py:11:10: E0602"],
            id="pylint",
        ),
        pytest.param(
            ESLINT,
            "eslint",
            [
                "/home/dev/js/src/e.js:1:5: no-unused-vars",
                "/home/dev/js/src/e.js:3:16: no-debugger",
                "/home/dev/js/src/e2.js:1:7",
            ],
            id="ESLint",
        ),
        pytest.param(
            "/x/e.js:1:5: 'a' is unused. [Error/no-unused-vars]\n",
            "eslint",
            ["/x/e.js:1:5: no-unused-vars"],
            id="ESLint, unix",
        ),
        pytest.param(SHELLCHECK, "shellcheck", ["s.sh:2:6: SC2086", "s.sh:4:1: SC3010", "s.sh:4:6: SC2050"], id="tty"),
        pytest.param(
            "s.sh:2:6: note: Double quote to prevent globbing. [SC2086]\n",
            "shellcheck",
            ["s.sh:2:6: SC2086"],
            id="shellcheck as gcc",
        ),
        pytest.param(BANDIT, "bandit", ["src/engine.py:14: B602"], id="bandit"),
        pytest.param(GOLANGCI, "golangci-lint", ["calc/calc.go:12:9: errcheck"], id="golangci-lint"),
    ],
)
def test_findings_have_their_place_and_rule(text: str, tool: str, expected: list[str]) -> None:
    found = failures(text)
    assert [failure.id for failure in found] == expected
    assert {failure.suite for failure in found} == {tool}
    assert all(failure.rule is not None and failure.type == failure.rule.id for failure in found)
    assert {failure.kind for failure in found} == {CaseOutcome.FAILED}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("pkg/a.py:6: error: from somewhere\n", id="no code and no count"),
        pytest.param("a.py:1:8: F401 said someone\nsome.txt:1:8: X1 this\n", id="not the shape of flake8"),
        pytest.param("  1:5   error    no count below  no-unused-vars\n", id="ESLint's count is missing"),
        pytest.param("calc.go:12:9: listening (server)\n", id="a log line of a Go program"),
        pytest.param("/x/e.js\n  1:1  warning  Odd  eqeqeq\n\n✖ 1 problem (0 errors, 1 warning)\n", id="warnings"),
    ],
)
def test_what_only_resembles_a_finding_is_none(text: str) -> None:
    assert [failure for failure in failures(text) if failure.suite != "flake8"] == []


def test_a_wrapped_message_is_put_together() -> None:
    assert failures(MYPY_PRETTY)[0].message == 'Incompatible return value type (got "int", expected "str")'


def test_findings_are_not_counted_as_test_cases() -> None:
    assert tally(MYPY) is None  # type: ignore[func-returns-value] # that is the point


@pytest.mark.parametrize("text", ["Success: no issues found in 1 source file\n", "All checks passed!\n"])
def test_a_linter_that_found_nothing_says_so(text: str) -> None:
    assert says_clean(text)
    assert not says_clean(text + MYPY)
