"""What Node, the JVM, Ruby and PHP leave when they die, and what build tools give as their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.evidence.logs import build_tool_output, jvm_crash, node_crash, php_fatal, ruby_crash
from healer.evidence.logs.console import read_output
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from healer.evidence.logs.console import LogParser

NODE = """\
before
/w/crash/a.js:2
try { go(); } catch (e) { throw new Error('outer', { cause: e }); }
                          ^

Error: outer
    at Object.<anonymous> (/w/crash/a.js:2:33)
    at node:internal/main/run_main_module:28:49 {
  [cause]: TypeError: bad x
      at go (/w/crash/deep.js:1:23)
}

Node.js v20.20.2
"""
NODE_SYNTAX = """\
file:///w/lib/half.js:2
  return value / ;
                 ^

SyntaxError: Unexpected token ';'
    at compileSourceTextModule (node:internal/modules/esm/utils:346:16)
    at ModuleLoader.loadAndTranslate (node:internal/modules/esm/loader:544:27)

Node.js v20.20.2
"""
NODE_REQUIRED = """/w/lib/bad.cjs:2
  return value +* 2;
                ^

SyntaxError: Unexpected token '*'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
    at require (node:internal/modules/helpers:182:18)
    at Object.<anonymous> (/w/start.cjs:1:1)

Node.js v20.20.2
"""
JVM = """\
Exception in thread "main" java.lang.RuntimeException: outer
\tat com.acme.Main.main(Main.java:2)
Caused by: java.lang.IllegalStateException: bad x
second line
\tat com.acme.Main.go(Main.java:1)
\t... 1 more
something else
"""
RUBY = """\
crash.rb:4:in `rescue in a': outer (IOError)
\tfrom crash.rb:4:in `a'
\tfrom crash.rb:5:in `<main>'
crash.rb:2:in `go': bad (ArgumentError)
x
\tfrom crash.rb:4:in `a'
"""
RUBY_SYNTAX = "syn.rb:1: syntax error, unexpected end-of-input, expecting ')'\ndef x(\n      ^\n"
PHP = """\
PHP Fatal error:  Uncaught RuntimeException: bad x in /w/crash.php:3
Stack trace:
#0 /w/crash.php(9): go()
#1 {main}
  thrown in /w/crash.php on line 3
"""
PHP_SYNTAX = "PHP Parse error:  Unclosed '(' does not match '}' in /w/p.php on line 7\n"
MAVEN = (
    "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:3.5.4:test (default-test) on project"
    " core: No tests matching pattern were executed! -> [Help 1]\n"
)
GRADLE = """\
* What went wrong:
Execution failed for task ':compileJava'.
> Could not resolve all files for configuration ':compileClasspath'.

* Try:
> Run with --stacktrace option
"""
NPM = """\
npm error code E404
npm error 404 Not Found - GET https://registry.example/no-such
npm error 404
npm error A complete log of this run can be found in: /root/.npm/_logs/1.log
"""


@pytest.mark.parametrize(
    ("parser", "text", "expected"),
    [
        (node_crash, NODE, ("script", "Error", "Error: outer", "/w/crash/a.js", 2)),
        (jvm_crash, JVM, ("script", "java.lang.RuntimeException", "outer", "com/acme/Main.java", 2)),
        (ruby_crash, RUBY, ("script", "IOError", "outer", "crash.rb", 4)),
        (ruby_crash, RUBY_SYNTAX, ("script", "SyntaxError", None, "syn.rb", 1)),
        (php_fatal, PHP, ("script", "RuntimeException", "bad x", "/w/crash.php", 3)),
        (php_fatal, PHP.replace("bad x", "bad\nx"), ("script", "RuntimeException", "bad", "/w/crash.php", 3)),
        (php_fatal, PHP_SYNTAX, ("script", "ParseError", "Unclosed '(' does not match '}'", "/w/p.php", 7)),
        (build_tool_output, MAVEN, ("core", None, "No tests matching pattern were executed!", None, None)),
        (build_tool_output, GRADLE, (":compileJava", None, None, None, None)),
        (build_tool_output, NPM, ("npm", "E404", None, None, None)),
        (build_tool_output, NPM.replace("error", "ERR!"), ("npm", "E404", None, None, None)),
    ],
    ids=["node", "jvm", "ruby", "ruby syntax", "php", "php lines", "php syntax", "maven", "gradle", "npm", "npm 8"],
)
def test_last_words_name_what_happened_and_where(
    parser: LogParser, text: str, expected: tuple[str, str | None, str | None, str | None, int | None]
) -> None:
    (failure,) = parser.failures(text)
    identity, kind, message, *place = expected
    assert (failure.id, failure.kind) == (identity, CaseOutcome.ERROR)
    assert kind in {None, failure.type}
    assert message in {None, failure.message}
    assert [failure.file, failure.line] == place
    assert parser.tally(text) is None


def test_a_trace_ends_with_its_last_frame() -> None:
    (failure,) = jvm_crash.failures(JVM)
    assert failure.text.endswith("... 1 more")
    assert "second line" in failure.text


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (NODE, [("/w/crash/a.js", 2), ("/w/crash/deep.js", 1)]),
        (NODE_SYNTAX, [("file:///w/lib/half.js", 2)]),
        (NODE_REQUIRED, [("/w/start.cjs", 1), ("/w/lib/bad.cjs", 2)]),
    ],
    ids=["thrown", "a module that is no JavaScript", "one that is required"],
)
def test_the_place_above_an_error_in_node_is_a_frame_of_it(text: str, frames: list[tuple[str, int]]) -> None:
    (failure,) = node_crash.failures(text)
    own = [(frame.file, frame.line) for frame in failure.frames if not frame.file.startswith("node:")]
    assert own == frames
    place = text[: text.index("\n", text.index("/w/"))].splitlines()[-1]
    assert f"{failure.file}:{failure.line}" == place


@pytest.mark.parametrize(
    "text",
    [
        "Error: logged\n    at Object.<anonymous> (/w/l.js:1:15)\nfine\n",
        "java.lang.IllegalStateException: logged\n\tat a.B.c(B.java:1)\n",
        "a.rb:3: warning: unused variable\n",
        "PHP Warning:  Undefined variable $x in /w/a.php on line 3\n",
        "npm warn deprecated x@1: no longer supported\n",
        "[ERROR] a line that a program logged\n",
        "Node.js v20.20.2 is installed\n",
    ],
    ids=["node log", "jvm log", "ruby warning", "php warning", "npm warning", "maven-like log", "node version"],
)
def test_what_is_only_logged_is_no_death(text: str) -> None:
    for parser in (node_crash, jvm_crash, ruby_crash, php_fatal, build_tool_output):
        assert parser.failures(text) == ()


def test_last_words_are_heard_only_where_no_tool_names_a_failing_test() -> None:
    jest = (
        "FAIL a.test.js\n  \u25cf adds\n\n    boom\n\nTest Suites: 1 failed, 1 total\nTests:       1 failed, 1 total\n"
    )
    assert [failure.id for failure in read_output(jest + NPM + NODE)] == ["a.test.js::adds"]
    assert [failure.id for failure in read_output(NODE + NPM)] == ["script"]
    assert [failure.id for failure in read_output(NPM)] == ["npm"]
