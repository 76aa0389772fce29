from __future__ import annotations

import pytest

from healer.evidence.failures import failure_of
from healer.models.evidence import CaseOutcome

JAVA = """\
java.lang.IllegalStateException: no ratio
\tat calc.Engine.ratio(Engine.java:27)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)
Caused by: java.lang.ArithmeticException: / by zero
\tat calc.Engine.divide(Engine.java:33)
\t... 2 more
"""
NODE = """\
CalcError: no ratio
    at ratio (/w/src/engine.js:27:11)
    at node:internal/main:1:1 {
  [cause]: TypeError: division by zero
      at divide (/w/src/engine.js:33:11)
}
"""
LIBRARY = """\
java.lang.IllegalStateException: in a library
\tat java.base/java.util.List.get(List.java:7)
Caused by: java.lang.ArithmeticException: / by zero
\tat calc.Engine.divide(Engine.java:33)
"""
PYTHON = """\
Traceback (most recent call last):
  File "/w/calc/engine.py", line 33, in divide
    return left / right
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/w/calc/engine.py", line 27, in ratio
    raise CalcError("no ratio") from error
CalcError: no ratio
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(JAVA, 27, id="Java"),
        pytest.param(NODE, 27, id="JavaScript"),
        pytest.param(PYTHON, 27, id="Python, which prints the cause first"),
        pytest.param(LIBRARY, 33, id="only the cause is of the project"),
    ],
)
def test_a_failure_is_placed_where_it_was_thrown_and_not_where_its_cause_was(text: str, line: int) -> None:
    failure = failure_of(CaseOutcome.ERROR, name="a", text=text)
    assert failure.line == line
    assert {27, 33} & {frame.line for frame in failure.frames}


def test_a_place_that_is_given_stands() -> None:
    failure = failure_of(CaseOutcome.ERROR, name="a", file="a.feature", line=3, text=JAVA)
    assert (failure.file, failure.line) == ("a.feature", 3)
