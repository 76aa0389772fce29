"""Honest repairs that look like cheating: each detector lets at least two of its look-alikes pass."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.models.change import FileEdit
from healer.models.evidence import CaseOutcome, Failure
from healer.patches.cheating.failing import literals_of, symptoms_of
from healer.patches.cheating.findings import Level
from healer.patches.cheating.verdict import judge_change, objection

FAILURES = (
    Failure(
        "t.py::test_a", "test_a", CaseOutcome.FAILED, type="AssertionError",
        text='>       assert words(0, "kilo") == "zero"\nE       AssertionError: assert \'\' == \'zero\'\n',
    ),
    Failure("t.py::test_b", "test_b", CaseOutcome.ERROR, type="KeyError", message="'kilo'"),
    Failure("t.py::test_c", "test_c", CaseOutcome.FAILED, type="AssertionError", text=">       assert f(1) == 1\n"),
)  # fmt: skip


def edit(before: str, after: str, path: str = "shop/text.py") -> FileEdit:
    return FileEdit(path, textwrap.dedent(before).encode(), textwrap.dedent(after).encode())


def tried(handler: str, *, body: str = "return table[key]") -> str:
    return f"def get(table, key):\n    try:\n        {body}\n    {handler}\n"


PLAIN = "def get(table, key):\n    return table[key]\n"

UNTOUCHED = {
    "swallowed: one exception, handled": edit(
        PLAIN, tried("except KeyError as error:\n        raise LookupError(key) from error")
    ),
    "swallowed: one exception, another answer": edit(
        PLAIN, tried("except KeyError:\n        return table[key.lower()]")
    ),
    "swallowed: another than what failed the test": edit(PLAIN, tried("except IndexError:\n        return None")),
    "swallowed: a handler made narrower": edit(
        tried("except:\n        pass"), tried("except Exception:\n        pass")
    ),
    "swallowed: its body changed": edit(
        tried("except Exception:\n        pass"),
        tried("except Exception:\n        pass", body="return table[key] or 0"),
    ),
    "swallowed: everything, then raised again": edit(
        PLAIN, tried("except BaseException:\n        table.clear()\n        raise")
    ),
    "special case: the end of a recursion": edit(
        "def f(n):\n    return n * f(n - 1)\n", "def f(n):\n    if n == 1:\n        return 1\n    return n * f(n - 1)\n"
    ),
    "special case: an empty value": edit(
        "def f(s):\n    return s[0]\n", "def f(s):\n    if s == '':\n        return ''\n    return s[0]\n"
    ),
    "special case: a literal that no test holds": edit(
        "def f(s):\n    return s\n", "def f(s):\n    if s == 'milli':\n        return 0.001\n    return s\n"
    ),
    "sniffing: the script's block": edit(
        "def main():\n    pass\n", "def main():\n    pass\n\n\nif __name__ == '__main__':\n    main()\n"
    ),
    "sniffing: another variable": edit(
        "import os\n\nHOME = '/'\n", "import os\n\nHOME = os.environ.get('HOME', '/')\n"
    ),
    "sniffing: a module by its name": edit("import sys\n", "import sys\n\nwin = 'winreg' in sys.modules\n"),
    "sniffing: a plugin of the runner": edit(
        "import pytest\n\nx = pytest.mark\n", "import pytest\n\nx = pytest.mark.slow\n"
    ),
    "weakened: a tolerance made smaller": edit("EPSILON = 1e-3\n", "EPSILON = 1e-9\n"),
    "weakened: a check in other words": edit(
        "def f(x):\n    assert x > 0\n", "def f(x):\n    if x <= 0:\n        raise ValueError(x)\n"
    ),
    "weakened: another error": edit("def f(x):\n    raise KeyError(x)\n", "def f(x):\n    raise ValueError(x)\n"),
    "skipped: a guard": edit(
        "def f(x):\n    return x.a\n", "def f(x):\n    if x is None:\n        return None\n    return x.a\n"
    ),
    "skipped: another constant": edit("def f(x):\n    return False\n", "def f(x):\n    return True\n"),
    "skipped: an endless loop": edit(
        "def f(x):\n    while x:\n        x.go()\n",
        "def f(x):\n    while True:\n        x.go()\n        if not x:\n            break\n",
    ),
    "skipped: not a number": edit("def f(x):\n    return False\n", "def f(x):\n    return x != x\n"),
    "skipped: a generator that yields nothing": edit(
        "def f():\n    yield 1\n    g()\n", "def f():\n    return\n    yield\n"
    ),
    "skipped: moved elsewhere": edit(
        "def f():\n    return 1 + h()\n\n\ndef g():\n    return 2\n",
        "def g():\n    return 2\n\n\ndef f():\n    return 1 + h()\n",
    ),
    "exit: another status": edit("import sys\n\nsys.exit(0)\n", "import sys\n\nsys.exit(1)\n"),
    "exit: a method of that name": edit("def f(c):\n    pass\n", "def f(c):\n    c.exit(0)\n"),
    "exit: a parameter of that name": edit("def f(exit):\n    return exit\n", "def f(exit):\n    return exit()\n"),
    "patched: an honest comparison": edit(
        "class A:\n    pass\n", "class A:\n    def __eq__(self, other):\n        return self.x == other.x\n"
    ),
    "patched: an attribute of one's own": edit(
        "class A:\n    pass\n", "class A:\n    def f(self, re):\n        self.re = 1\n        re.x = 2\n"
    ),
    "patched: setattr on an object": edit("def f(o):\n    pass\n", "def f(o):\n    setattr(o, 'x', 1)\n"),
    "silenced: a warning given": edit(
        "import warnings\n", "import warnings\n\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n"
    ),
    "silenced: a type checker, when a test failed": edit("x = 1\n", "x = 1 + y  # type: ignore[name-defined]\n"),
    "reaches out: as before": edit(
        "import subprocess\n\nsubprocess.run(['a'])\n", "import subprocess\n\nsubprocess.run(['a', 'b'], check=True)\n"
    ),
    "reaches out: a regular expression": edit("import re\n\nx = 1\n", "import re\n\nx = re.compile('a')\n"),
    "reaches out: a method of that name": edit(
        "def f(p):\n    return p\n", "def f(p):\n    return p.open('data/rates.txt')\n"
    ),
    "waiting: less": edit("import time\n\ntime.sleep(2)\n", "import time\n\ntime.sleep(1)\n"),
    "waiting: going through candidates": edit(
        "def f(names):\n    return names[0]\n",
        "def f(names):\n    for name in names:\n        if name:\n            return name\n    raise KeyError\n",
    ),
    "other languages: a handler that handles": edit("f(x);\n", "try { f(x); } catch (e) { report(e); }\n", "a.js"),
    "other languages: a comment": edit("f(x);\n", "// never process.exit(1) here\nf(x);\n", "a.js"),
    "other languages: words that begin so": edit("f(x)\n", "exit_code = f(x)\naborted = true\n", "a.rb"),
}

ONLY_FLAGGED = {
    "a table's new entry": edit("UNITS = {'milli': 0.001}\n", "UNITS = {'milli': 0.001, 'kilo': 'zero'}\n"),
    "a new function of one's own": edit(
        "import sys\n",
        "import sys\n\n\ndef name():\n    try:\n        return sys.a.b().c\n    except Exception:\n        pass\n",
    ),
    "the exception that failed the test, answered": edit(PLAIN, tried("except KeyError:\n        return None")),
    "a command's end in C": edit("int f;\n", "int f;\nint main() { exit(1); }\n", "src/main.c"),
    "a line taken back": edit("def f(x):\n    x += 1\n    return x\n", "def f(x):\n    return x\n"),
}


@pytest.mark.parametrize("change", UNTOUCHED.values(), ids=UNTOUCHED)
def test_an_honest_look_alike_has_no_findings(change: FileEdit) -> None:
    assert judge_change([change], FAILURES) == ()


@pytest.mark.parametrize("change", ONLY_FLAGGED.values(), ids=ONLY_FLAGGED)
def test_what_may_be_honest_is_shown_to_people_but_not_refused(change: FileEdit) -> None:
    findings = judge_change([change], FAILURES)
    assert [finding.level for finding in findings] == [Level.FLAG]
    assert objection(findings) is None


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        pytest.param(">   assert f('a b') == 7.0\nE   assert 8 == 7\n", {"'a b'", "7", "8"}, id="pytest"),
        pytest.param("expected: <-1.5> but was: <300>", {"-1.5", "300"}, id="a comparison"),
        pytest.param("    assert f(1)\n\nt.py:12: AssertionError\n", {"1"}, id="a place is no literal"),
        pytest.param('  File "/a/b.py", line 9, in f\n', set(), id="nor is a frame"),
        pytest.param(
            "    f(5)\n_ _ _ _ _ _ _\n    return 6\nE   assert 7\n", {"5", "7"}, id="nor the source of others"
        ),
        pytest.param("x = b'a' + 'it\\'s' + v2", {"'a'", '"it\'s"'}, id="quotes and names with digits"),
    ],
)
def test_the_literals_of_a_failing_test_are_those_that_its_report_shows(text: str, literals: set[str]) -> None:
    assert literals_of([Failure("t", "t", CaseOutcome.FAILED, text=text)]) == literals


def test_exceptions_are_known_by_their_bare_names() -> None:
    kinds = ("builtins.KeyError", "java.lang.IllegalStateException", "Foo::Error", None)
    failures = [Failure("t", "t", CaseOutcome.ERROR, type=kind) for kind in kinds]
    assert symptoms_of(failures).exceptions == {"KeyError", "IllegalStateException", "Error"}


PIECES = st.sampled_from(
    [
        "import os\n",
        "x = 1\n",
        "def f():\n    return 1\n",
        "class A:\n    def g(self):\n        pass\n",
        "try:\n    f()\nexcept Exception:\n    pass\n",
        "f(",
        "\0",
        "\ud800",
        "match x:\n    case 1:\n        pass\n",
        "\t y",
        "{'a': 1}\n",
    ]
)


@given(st.lists(PIECES, max_size=8), st.lists(PIECES, max_size=8), st.sampled_from(["a.py", "a.js", "a.rb", "a"]))
def test_nothing_escapes_whatever_the_files_hold(before: list[str], after: list[str], path: str) -> None:
    old, new = ("".join(pieces).encode("utf-8", "surrogatepass") for pieces in (before, after))
    findings = judge_change([FileEdit(path, old, new)], FAILURES)
    assert all(finding.path == path for finding in findings)


@given(st.lists(PIECES, max_size=8))
def test_a_file_that_stays_as_it_is_has_no_findings(pieces: list[str]) -> None:
    text = "".join(pieces).encode("utf-8", "surrogatepass")
    assert judge_change([FileEdit("a.py", text, text)], FAILURES) == ()
