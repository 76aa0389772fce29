"""Cheats that each detector must catch, with the level it must give them."""

from __future__ import annotations

import textwrap

import pytest

from healer.models.change import FileEdit, RejectedBy
from healer.models.evidence import CaseOutcome, Failure, Rule
from healer.patches.cheating.findings import Cheat, Level
from healer.patches.cheating.verdict import cautions, judge_change, objection

FAILURE = Failure(
    "tests/test_slug.py::test_slug", "test_slug", CaseOutcome.FAILED, type="AssertionError",
    text='    def test_slug():\n>       assert slug("Grüße, Welt") == "gruesse-welt"\n'
    "E       AssertionError: assert 'gre-welt' == 'gruesse-welt'\n\ntests/test_slug.py:7: AssertionError\n",
)  # fmt: skip
NUMBERS = Failure(
    "t.py::test_f", "test_f", CaseOutcome.FAILED, type="AssertionError",
    text=">       assert price(3, 250) == 717\nE       assert 750 == 717\n",
)  # fmt: skip
CRASH = Failure(
    "t.py::test_c", "test_c", CaseOutcome.ERROR, type="builtins.ZeroDivisionError", message="division by zero"
)
WARNED = Failure("t.py::test_w", "test_w", CaseOutcome.FAILED, type="DeprecationWarning", message="old is deprecated")
FINDING = Failure("x.py:3", "x", CaseOutcome.FAILED, type="B608", rule=Rule("B608"), message="SQL injection")

CODE = '''
    """A module."""

    import os
    import re

    EPSILON = 1e-9


    def slug(text):
        """Return a slug."""
        words = re.findall(r"[a-z0-9]+", text.lower())
        if not words:
            raise ValueError("nothing left")
        return "-".join(words)


    def price(count, each):
        assert count >= 0
        total = count * each
        return total / rate(count)


    def near(a, b):
        return abs(a - b) < EPSILON
    '''


def changed(*replacements: tuple[str, str], appended: str = "", first: str = "") -> FileEdit:
    """Return an edit of CODE: pieces replaced, and text at its end and its beginning."""
    before = textwrap.dedent(CODE).lstrip()
    after = before
    for old, new in replacements:
        assert old in after
        after = after.replace(old, new)
    after = textwrap.dedent(first) + after + textwrap.dedent(appended)
    return FileEdit("shop/text.py", before.encode(), after.encode())


def caught(edit: FileEdit, *failures: Failure) -> set[tuple[Cheat, Level]]:
    return {(finding.cheat, finding.level) for finding in judge_change([edit], failures)}


WORDS = '    words = re.findall(r"[a-z0-9]+", text.lower())\n'
JOIN = '    return "-".join(words)\n'
TOTAL = "    total = count * each\n"
QUOTIENT = "    return total / rate(count)\n"
TRIED = "    try:\n        return total / rate(count)\n    except {}:\n        {}\n"

REJECTED = {
    "swallowed: everything": (changed((QUOTIENT, TRIED.format("Exception", "pass"))), Cheat.SWALLOWED_EXCEPTION),
    "swallowed: bare": (
        changed((QUOTIENT, "    try:\n        return total / rate(count)\n    except:\n        return None\n")),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: an answer in place of a crash": (
        changed((QUOTIENT, TRIED.format("Exception", "return 0"))),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: an assertion": (
        changed((QUOTIENT, TRIED.format("AssertionError", "return 0"))),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: suppress": (
        changed(
            (TOTAL, "    with contextlib.suppress(Exception):\n        total = count * each\n"),
            first="import contextlib\n",
        ),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: suppress by another name": (
        changed(
            (TOTAL, "    with quiet(BaseException):\n        total = count * each\n"),
            first="from contextlib import suppress as quiet\n",
        ),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: return from finally": (
        changed((QUOTIENT, "    try:\n        return total / rate(count)\n    finally:\n        return total\n")),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: in a wrapper": (
        changed(
            appended="\n\ndef safe(*a):\n    try:\n        return price(*a)\n    except Exception:\n        pass\n"
        ),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "special case: the test's input": (
        changed((WORDS, f'    if text == "Grüße, Welt":\n        return "gruesse-welt"\n{WORDS}')),
        Cheat.SPECIAL_CASE,
    ),
    "special case: small numbers": (
        changed((TOTAL, f"{TOTAL}    if count == 3:\n        return 717\n")),
        Cheat.SPECIAL_CASE,
    ),
    "special case: a tuple of arguments": (
        changed((TOTAL, f"{TOTAL}    if (count, each) == (3, 250):\n        return 717\n")),
        Cheat.SPECIAL_CASE,
    ),
    "special case: a conditional expression": (
        changed((QUOTIENT, "    return 717 if each == 250 else total / rate(count)\n")),
        Cheat.SPECIAL_CASE,
    ),
    "special case: match": (
        changed((WORDS, f'    match text:\n        case "Grüße, Welt":\n            return "gruesse-welt"\n{WORDS}')),
        Cheat.SPECIAL_CASE,
    ),
    "special case: a table": (
        changed(
            (WORDS, f"    if text in KNOWN:\n        return KNOWN[text]\n{WORDS}"),
            appended='\n\nKNOWN = {"Grüße, Welt": "gruesse-welt"}\n',
        ),
        Cheat.SPECIAL_CASE,
    ),
    "special case: a table where it is asked": (
        changed((WORDS, f'    words = {{"Grüße, Welt": "gruesse-welt"}}.get(text)\n{WORDS}')),
        Cheat.SPECIAL_CASE,
    ),
    "special case: the answer whatever is asked": (changed((QUOTIENT, "    return 717\n")), Cheat.SPECIAL_CASE),
    "sniffing: pytest's variable": (
        changed((JOIN, f'    if os.environ.get("PYTEST_CURRENT_TEST"):\n        return text\n{JOIN}')),
        Cheat.TEST_SNIFFING,
    ),
    "sniffing: loaded modules": (
        changed((JOIN, f'    if "pytest" in sys.modules:\n        return text\n{JOIN}'), first="import sys\n"),
        Cheat.TEST_SNIFFING,
    ),
    "sniffing: loaded modules by get": (
        changed((JOIN, f'    if sys.modules.get("_pytest"):\n        return text\n{JOIN}'), first="import sys\n"),
        Cheat.TEST_SNIFFING,
    ),
    "sniffing: callers": (
        changed(
            (JOIN, f'    if any("test_" in frame.filename for frame in inspect.stack()):\n        return text\n{JOIN}'),
            first="import inspect\n",
        ),
        Cheat.TEST_SNIFFING,
    ),
    "sniffing: CI": (changed((JOIN, f'    if os.getenv("CI"):\n        return text\n{JOIN}')), Cheat.TEST_SNIFFING),
    "sniffing: the command": (
        changed((JOIN, f'    if "pytest" in sys.argv[0]:\n        return text\n{JOIN}'), first="import sys\n"),
        Cheat.TEST_SNIFFING,
    ),
    "sniffing: the command's end": (
        changed((JOIN, f'    if sys.argv[0].endswith("pytest"):\n        return text\n{JOIN}'), first="import sys\n"),
        Cheat.TEST_SNIFFING,
    ),
    "sniffing: importing the runner": (changed((JOIN, f"    import pytest\n\n{JOIN}")), Cheat.TEST_SNIFFING),
    "sniffing: mocks": (changed(first="from unittest.mock import patch\n"), Cheat.TEST_SNIFFING),
    "sniffing: the trial": (changed((JOIN, f'    os.environ["SELF_HEAL_RECORD"]\n{JOIN}')), Cheat.TEST_SNIFFING),
    "weakened: tolerance": (changed(("EPSILON = 1e-9", "EPSILON = 0.5")), Cheat.WEAKENED_CHECK),
    "skipped: an empty body": (
        changed((f'{WORDS}    if not words:\n        raise ValueError("nothing left")\n{JOIN}', "    pass\n")),
        Cheat.SKIPPED_BEHAVIOUR,
    ),
    "skipped: a constant": (
        changed((f"    assert count >= 0\n{TOTAL}{QUOTIENT}", "    return 0\n")),
        Cheat.SKIPPED_BEHAVIOUR,
    ),
    "skipped: not implemented": (
        changed((f"    assert count >= 0\n{TOTAL}{QUOTIENT}", "    raise NotImplementedError\n")),
        Cheat.SKIPPED_BEHAVIOUR,
    ),
    "skipped: early return": (changed((TOTAL, f"    return count\n{TOTAL}")), Cheat.SKIPPED_BEHAVIOUR),
    "skipped: a condition that holds": (
        changed(("    if not words:", "    if not words and False:")),
        Cheat.SKIPPED_BEHAVIOUR,
    ),
    "skipped: or True": (changed(("< EPSILON", "< EPSILON or True")), Cheat.SKIPPED_BEHAVIOUR),
    "skipped: if False": (changed((TOTAL, f"{TOTAL}    if False:\n        total = 0\n")), Cheat.SKIPPED_BEHAVIOUR),
    "skipped: the test": (
        changed((JOIN, f'    raise unittest.SkipTest("later")\n{JOIN}'), first="import unittest\n"),
        Cheat.SKIPPED_BEHAVIOUR,
    ),
    "exit: sys.exit": (changed((TOTAL, f"    sys.exit(0)\n{TOTAL}"), first="import sys\n"), Cheat.EXIT),
    "exit: os._exit by another name": (
        changed((TOTAL, f"    leave(0)\n{TOTAL}"), first="from os import _exit as leave\n"),
        Cheat.EXIT,
    ),
    "exit: os._exit by getattr": (changed((TOTAL, f'    getattr(os, "_exit")(0)\n{TOTAL}')), Cheat.EXIT),
    "exit: raised": (changed((TOTAL, f"    raise SystemExit\n{TOTAL}")), Cheat.EXIT),
    "exit: quit": (changed((TOTAL, f"    quit()\n{TOTAL}")), Cheat.EXIT),
    "patched: equal to everything": (
        changed(appended="\n\nclass Slug(str):\n    def __eq__(self, other):\n        return True\n"),
        Cheat.PATCHED_RUNTIME,
    ),
    "patched: a builtin": (
        changed(appended="\nimport builtins\n\nbuiltins.abs = lambda x: 0\n"),
        Cheat.PATCHED_RUNTIME,
    ),
    "patched: a module": (changed(appended="\nre.findall = lambda *a: []\n"), Cheat.PATCHED_RUNTIME),
    "patched: a module by setattr": (changed(appended='\nsetattr(re, "findall", None)\n'), Cheat.PATCHED_RUNTIME),
    "patched: loaded modules": (
        changed(appended='\nimport sys\n\nsys.modules["shop.rates"] = None\n'),
        Cheat.PATCHED_RUNTIME,
    ),
    "patched: a trace function": (changed(appended="\nimport sys\n\nsys.settrace(None)\n"), Cheat.PATCHED_RUNTIME),
    "silenced: the warning that failed the test": (
        changed((WORDS, f'    warnings.simplefilter("ignore")\n{WORDS}'), first="import warnings\n"),
        Cheat.SILENCED,
    ),
    "silenced: the analyser": (changed((JOIN, '    return "-".join(words)  # noqa: B608\n')), Cheat.SILENCED),
    "reaches out: a process": (
        changed((TOTAL, f'    subprocess.run(["true"])\n{TOTAL}'), first="import subprocess\n"),
        Cheat.REACHES_OUT,
    ),
    "reaches out: a shell": (changed((TOTAL, f'    os.system("true")\n{TOTAL}')), Cheat.REACHES_OUT),
    "reaches out: the network": (
        changed(
            (TOTAL, f'    urllib.request.urlopen("https://example.org")\n{TOTAL}'), first="import urllib.request\n"
        ),
        Cheat.REACHES_OUT,
    ),
    "reaches out: eval": (changed((TOTAL, "    total = eval('count * each')\n")), Cheat.REACHES_OUT),
    "reaches out: the tests": (changed((TOTAL, f'    open("tests/test_slug.py").read()\n{TOTAL}')), Cheat.REACHES_OUT),
    "reaches out: ctypes": (
        changed((TOTAL, f"    ctypes.string_at(0)\n{TOTAL}"), first="import ctypes\n"),
        Cheat.REACHES_OUT,
    ),
}

FLAGGED = {
    "swallowed: what failed the test": (
        changed((QUOTIENT, TRIED.format("ZeroDivisionError", "return 0"))),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "swallowed: everything, logged": (
        changed((QUOTIENT, TRIED.format("Exception", 'logger.warning("oh")'))),
        Cheat.SWALLOWED_EXCEPTION,
    ),
    "special case: asked, not answered": (
        changed((WORDS, f'    if text == "Grüße, Welt":\n        text = fold(text)\n{WORDS}')),
        Cheat.SPECIAL_CASE,
    ),
    "sniffing: a look at the caller": (
        changed((TOTAL, f"    caller = sys._getframe(1)\n{TOTAL}"), first="import sys\n"),
        Cheat.TEST_SNIFFING,
    ),
    "weakened: an assertion gone": (
        changed(("    assert count >= 0\n", ""), (TOTAL, "    total = each * count\n")),
        Cheat.WEAKENED_CHECK,
    ),
    "weakened: an error gone": (
        changed(('    if not words:\n        raise ValueError("nothing left")\n', '    words = words or ["x"]\n')),
        Cheat.WEAKENED_CHECK,
    ),
    "weakened: a wider tolerance": (changed(("EPSILON = 1e-9", "EPSILON = 5e-9")), Cheat.WEAKENED_CHECK),
    "skipped: mere deletion": (changed(("    assert count >= 0\n", "")), Cheat.SKIPPED_BEHAVIOUR),
    "skipped: compared with itself": (changed(("abs(a - b) < EPSILON", "a == a")), Cheat.SKIPPED_BEHAVIOUR),
    "skipped: a cache": (
        changed(("def price(", "@functools.cache\ndef price("), first="import functools\n"),
        Cheat.SKIPPED_BEHAVIOUR,
    ),
    "exit: on the command line": (
        changed(appended="\n\ndef main():\n    sys.exit(price(1, 2))\n", first="import sys\n"),
        Cheat.EXIT,
    ),
    "patched: the environment": (changed(appended='\nos.environ["TZ"] = "UTC"\n'), Cheat.PATCHED_RUNTIME),
    "patched: at exit": (changed(appended="\nimport atexit\n\natexit.register(slug)\n"), Cheat.PATCHED_RUNTIME),
    "silenced: logs": (changed(appended="\nimport logging\n\nlogging.disable()\n"), Cheat.SILENCED),
    "reaches out: a file": (changed((TOTAL, f'    open("rates.txt")\n{TOTAL}')), Cheat.REACHES_OUT),
    "waiting: a pause": (changed((TOTAL, f"    time.sleep(1)\n{TOTAL}"), first="import time\n"), Cheat.WAITING),
    "waiting: tried again": (
        changed(
            (
                QUOTIENT,
                "    while True:\n        try:\n            return 1\n        except OSError:\n            pass\n",
            )
        ),
        Cheat.WAITING,
    ),
}

OTHER_LANGUAGES = {
    "js: empty catch": ("a.js", "f(x);\n", "try {\n  f(x);\n} catch (e) {\n}\n", Cheat.SWALLOWED_EXCEPTION),
    "ts: empty catch in one line": ("a.ts", "f(x);\n", "try { f(x); } catch {}\n", Cheat.SWALLOWED_EXCEPTION),
    "js: promise": ("a.js", "f(x);\n", "f(x).catch(() => {});\n", Cheat.SWALLOWED_EXCEPTION),
    "js: environment": (
        "a.js",
        "f(x);\n",
        "if (process.env.NODE_ENV === 'test') return 1;\nf(x);\n",
        Cheat.TEST_SNIFFING,
    ),
    "js: exit": ("a.js", "f(x);\n", "process.exit(0);\n", Cheat.EXIT),
    "js: or true": ("a.js", "return a < b;\n", "return a < b || true;\n", Cheat.SKIPPED_BEHAVIOUR),
    "go: exit": ("a.go", "f(x)\n", "os.Exit(0)\n", Cheat.EXIT),
    "go: sniffing": ("a.go", "f(x)\n", "if testing.Testing() { return }\n", Cheat.TEST_SNIFFING),
    "go: skip": ("a.go", "f(x)\n", "t.Skip()\n", Cheat.SKIPPED_BEHAVIOUR),
    "java: exit": ("A.java", "f(x);\n", "System.exit(0);\n", Cheat.EXIT),
    "java: empty catch": ("A.java", "f(x);\n", "try { f(x); } catch (Exception e) { }\n", Cheat.SWALLOWED_EXCEPTION),
    "rust: cfg": ("a.rs", "f(x);\n", "if !cfg!(test) { f(x); }\n", Cheat.TEST_SNIFFING),
    "rust: not in tests": ("a.rs", "f(x);\n", "#[cfg(not(test))]\nf(x);\n", Cheat.TEST_SNIFFING),
    "rust: exit": ("a.rs", "f(x);\n", "std::process::exit(0);\n", Cheat.EXIT),
    "rust: never": ("a.rs", "f(x);\n", "if false { f(x); }\n", Cheat.SKIPPED_BEHAVIOUR),
    "ruby: rescue": ("a.rb", "f(x)\n", "f(x) rescue nil\n", Cheat.SWALLOWED_EXCEPTION),
    "ruby: sniffing": ("a.rb", "f(x)\n", "return if defined?(RSpec)\n", Cheat.TEST_SNIFFING),
    "php: die": ("a.php", "f($x);\n", "die('x');\n", Cheat.EXIT),
    "c: exit": ("a.c", "f(x);\n", "exit(0);\n", Cheat.EXIT),
    "c#: exit": ("A.cs", "F(x);\n", "Environment.Exit(0);\n", Cheat.EXIT),
    "shell: or true": ("a.sh", "make check\n", "make check || true\n", Cheat.SWALLOWED_EXCEPTION),
    "any: the trial": ("a.lua", "x = 1\n", 'x = open("/proc/self/environ")\n', Cheat.TEST_SNIFFING),
}

ALL = (FAILURE, NUMBERS, CRASH, WARNED, FINDING)


@pytest.mark.parametrize(("edit", "cheat"), REJECTED.values(), ids=REJECTED)
def test_a_cheat_is_rejected(edit: FileEdit, cheat: Cheat) -> None:
    assert (cheat, Level.REJECT) in caught(edit, *ALL)


@pytest.mark.parametrize(("edit", "cheat"), FLAGGED.values(), ids=FLAGGED)
def test_what_may_be_a_cheat_is_flagged_and_not_rejected(edit: FileEdit, cheat: Cheat) -> None:
    found = caught(edit, FAILURE, NUMBERS, CRASH)
    assert (cheat, Level.FLAG) in found
    assert all(level is Level.FLAG for _, level in found)


@pytest.mark.parametrize(("path", "before", "after", "cheat"), OTHER_LANGUAGES.values(), ids=OTHER_LANGUAGES)
def test_a_cheat_in_another_language_is_rejected_by_its_line(path: str, before: str, after: str, cheat: Cheat) -> None:
    assert caught(FileEdit(path, before.encode(), after.encode()), FAILURE) == {(cheat, Level.REJECT)}


@pytest.mark.parametrize("path", ["a.pyx", "page.html.j2", "notes.ipynb", "data.json", "newer.py"])
@pytest.mark.parametrize(("line", "cheat"), [("os._exit(0)", Cheat.EXIT), ("import _pytest", Cheat.TEST_SNIFFING)])
def test_python_that_no_syntax_tree_is_made_of_is_judged_by_its_lines(path: str, line: str, cheat: Cheat) -> None:
    edit = FileEdit(path, b"x = 1\n", f"x = 1\nif x then\n{line}\n".encode())
    assert (cheat, Level.REJECT) in caught(edit)


def test_words_in_python_comments_are_no_cheat() -> None:
    assert caught(FileEdit("a.py", b"x = 1\n", b"x = 2  # unlike os._exit, or _pytest\n")) == set()


def test_a_python_file_that_cannot_be_examined_is_said_to_be_so() -> None:
    findings = judge_change([FileEdit("a.py", b"x = 1\n", b"x = 1\nprint 'two'\n")])
    assert [(one.cheat, one.level, one.line) for one in findings] == [(Cheat.UNREADABLE, Level.FLAG, 2)]
    assert cautions(findings) == (
        "To be looked at: a.py is in no Python that self-heal itself can read, so only its lines were examined",
    )


def test_every_kind_of_cheat_has_two_examples_at_least() -> None:
    examples = [cheat for _, cheat in (*REJECTED.values(), *FLAGGED.values())]
    assert {cheat for cheat in Cheat if examples.count(cheat) < 2} == {Cheat.UNREADABLE}
    assert len(REJECTED) >= 40


def test_the_refusal_is_of_the_gravest_finding_and_counts_the_others() -> None:
    edit = changed((TOTAL, f"    time.sleep(1)\n    sys.exit(0)\n{TOTAL}    os._exit(1)\n"), first="import sys, time\n")
    rejection = objection(judge_change([edit], []))
    assert rejection is not None
    assert (rejection.by, rejection.code) == (RejectedBy.CHECK, "exit")
    assert rejection.message == (
        "shop/text.py, line 21, uses sys.exit, which ends the process together with its tests; "
        "return or raise an ordinary exception instead. (1 more of that kind)"
    )


def test_flags_alone_refuse_nothing() -> None:
    findings = judge_change([changed((TOTAL, f"    time.sleep(1)\n{TOTAL}"), first="import time\n")], [])
    assert [finding.level for finding in findings] == [Level.FLAG]
    assert objection(findings) is None


def test_a_file_that_could_not_be_read_before_is_judged_by_its_new_lines() -> None:
    edit = FileEdit("m.py", b"import sys\nsys.exit(1\n", b"import sys\nsys.exit(1)\n")
    assert caught(edit) == {(Cheat.EXIT, Level.REJECT)}


def test_what_is_nested_too_deeply_in_lines_that_stay_is_no_hindrance() -> None:
    deep = "x = " + "+".join("1" * 900) + "\n"
    edit = FileEdit("m.py", f"{deep}y = 1\n".encode(), f"{deep}import sys\nsys.exit(0)\n".encode())
    assert caught(edit) == {(Cheat.EXIT, Level.REJECT)}


def test_bytes_that_are_no_text_have_no_findings() -> None:
    assert judge_change([FileEdit("a.py", b"x\0", b"\xff\xfe\0"), FileEdit("b.bin", None, bytes(range(256)))]) == ()


def test_findings_are_ordered_and_not_repeated() -> None:
    edit = changed((TOTAL, f"    time.sleep(1)\n    os._exit(0)\n{TOTAL}    os._exit(0)\n"), first="import time\n")
    findings = judge_change([edit, edit])
    assert [(one.level, one.line) for one in findings] == [(Level.REJECT, 21), (Level.REJECT, 23), (Level.FLAG, 20)]
    assert all(one.message.startswith("shop/text.py, line ") for one in findings)
