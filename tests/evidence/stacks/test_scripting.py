from __future__ import annotations

import pytest

from tests.traces import Frames, frames

RUBY = """\
a.rb:8:in `rescue in outer': outer (RuntimeError)
\tfrom a.rb:5:in `outer'
\tfrom a.rb:12:in `<main>'
a.rb:3:in `inner': bad 1 (ArgumentError)
second line
\tfrom a.rb:6:in `block in outer'
\tfrom <internal:kernel>:187:in `loop'
\tfrom a.rb:12:in `<main>'
"""
RSPEC = """\
     Failure/Error: expect(1).to eq 2
     # ./lib/a.rb:5:in `f'
     # ./spec/a_spec.rb:9:in `block (2 levels) in <top (required)>'
     # ------------------
     # --- Caused by: ---
     #   ArgumentError:
     #   ./lib/b.rb:3:in `g'
"""
PHP = """\
PHP Fatal error:  Uncaught InvalidArgumentException: bad 1 in /w/a.php:4
Stack trace:
#0 /w/a.php(5): App\\Calc->inner(Object(App\\X), 'a(b')
#1 [internal function]: App\\Calc->{closure:App\\Calc::outer():5}(1)
#2 /w/a.php(6): array_map(Object(Closure), Array)
#3 {main}

Next RuntimeException: outer in /w/a.php:7
Stack trace:
#0 /w/a.php(8): App\\Calc->outer()
#1 {main}
  thrown in /w/a.php on line 7
"""
PHPUNIT = """\
1) CalcTest::testChain
LogicException: outer

/w/CalcTest.php:4
/w/CalcTest.php:8

Caused by
RuntimeException: boom

/w/CalcTest.php:3
/w/CalcTest.php:9
"""
PERL = """\
boom 1 at a.pl line 2.
\tmain::inner(1) called at a.pl line 3
\tmain::outer() called at a.pl line 4
"""
LUA = """\
lua: a.lua:2: boom
stack traceback:
\t[C]: in function 'error'
\ta.lua:2: in upvalue 'inner'
\ta.lua:5: in function <a.lua:4>
\ta.lua:8: in main chunk
\t[C]: in ?
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            RUBY,
            [
                ("a.rb", 12, "<main>"),
                ("a.rb", 5, "outer"),
                ("a.rb", 8, "outer"),
                ("a.rb", 12, "<main>"),
                ("a.rb", 6, "outer"),
                ("a.rb", 3, "inner"),
            ],
            id="ruby, with a cause",
        ),
        pytest.param(
            "a.rb:2:in 'Integer#/': divided by 0 (ZeroDivisionError)\n\tfrom C:/w/b.rb:5:in 'Foo#bar'",
            [("C:/w/b.rb", 5, "Foo#bar"), ("a.rb", 2, "Integer#/")],
            id="ruby 3.4",
        ),
        pytest.param(
            "Traceback (most recent call last):\n\t1: from a.rb:5:in `<main>'\na.rb:2:in `f': x (RuntimeError)",
            [("a.rb", 5, "<main>"), ("a.rb", 2, "f")],
            id="ruby on a terminal",
        ),
        pytest.param(
            RSPEC,
            [("./spec/a_spec.rb", 9, "<top (required)>"), ("./lib/a.rb", 5, "f"), ("./lib/b.rb", 3, "g")],
            id="rspec",
        ),
        pytest.param("TestA#test_x [test/a_test.rb:7]:", [("test/a_test.rb", 7, None)], id="minitest"),
        pytest.param("features/a.feature:5:in `step'", [("features/a.feature", 5, "step")], id="cucumber"),
        pytest.param("  from src/a.cr:5:3 in 'f'", [("src/a.cr", 5, "f")], id="crystal"),
        pytest.param(
            PHP,
            [
                ("/w/a.php", 6, "{main}"),
                ("/w/a.php", 5, "App\\Calc->{closure:App\\Calc::outer()}"),
                ("/w/a.php", 4, "App\\Calc->inner"),
                ("/w/a.php", 8, "{main}"),
                ("/w/a.php", 7, "App\\Calc->outer"),
            ],
            id="php: a line names what is called there",
        ),
        pytest.param(
            PHPUNIT,
            [
                ("/w/CalcTest.php", 8, None),
                ("/w/CalcTest.php", 4, None),
                ("/w/CalcTest.php", 9, None),
                ("/w/CalcTest.php", 3, None),
            ],
            id="phpunit",
        ),
        pytest.param(
            PERL, [("a.pl", 4, None), ("a.pl", 3, "main::outer"), ("a.pl", 2, "main::inner")], id="perl, with Carp"
        ),
        pytest.param("#   Failed test 'x'\n#   at t/a.t line 12.", [("t/a.t", 12, None)], id="Test::More"),
        pytest.param("at t/a.t line 12.", [("t/a.t", 12, None)], id="nothing but the place"),
        pytest.param("Failure/Error: expect(1)\n\n", [], id="rspec, cut off"),
        pytest.param("died at a.pl line 3, <STDIN> line 9.", [("a.pl", 3, None)], id="perl, reading"),
        pytest.param("I looked at foo line 5.", [], id="English"),
        pytest.param(LUA, [("a.lua", 8, "main chunk"), ("a.lua", 5, None), ("a.lua", 2, "inner")], id="lua"),
        pytest.param(
            "(from function `f' in file lib.sh, line 3,\n in test file t/a.bats, line 5)",
            [("t/a.bats", 5, None), ("lib.sh", 3, "f")],
            id="bats: the test's own line names no function",
        ),
        pytest.param("/w/a.bats: line 3: syntax error near `}'", [("/w/a.bats", 3, None)], id="bash"),
        pytest.param("(in test file t/a.bats, line 5)", [("t/a.bats", 5, None)], id="bats"),
        pytest.param(
            "at <ScriptBlock>, C:\\p\\a.Tests.ps1:5\nAt C:\\p\\b.ps1:6 char:3",
            [("C:\\p\\b.ps1", 6, None), ("C:\\p\\a.Tests.ps1", 5, "<ScriptBlock>")],
            id="powershell",
        ),
    ],
)
def test_frames_of_scripting_languages(text: str, expected: Frames) -> None:
    assert frames(text) == expected
