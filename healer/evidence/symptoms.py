"""What failures of one cause have in common, as marks: two failures that share a mark belong together.

A crash is known by where it was raised in the project's own code, and by what it says. A wrong result is known by what
the test had asked: the functions that its source, as the report shows it, calls. Which marks are worth sharing was
measured on seeded regressions (`python -m bench.clusters`).
"""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.evidence.exceptions import final_exception
from healer.evidence.fingerprints import bare_message, places_of, shape_of, type_name, unparametrised
from healer.evidence.frames import parse_frames
from healer.evidence.masking import masked
from healer.layout import is_documentation
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from healer.evidence.fingerprints import Place
    from healer.evidence.paths import RepositoryPaths
    from healer.models.evidence import Failure

Mark = tuple[str, ...]

_ASSERTION_TYPES = re.compile(r"Assert|Expectation|ComparisonFailure|^(?:Failed|failed|XPASS)$")
_ASSERTING = re.compile(r"(?:assert(?:ion)?|expect(?:ed|ation)?|failed asserting|should|got|want)\b", re.IGNORECASE)
_OF_ANOTHER_PROCESS = frozenset({"CalledProcessError", "TimeoutExpired", "SystemExit"})
"""What they say is a command or a number, not what went wrong."""

_INSTEAD = re.compile(
    r"""" does not match "(.{12,1000})"$|^\s{0,20}(?:Input|Actual message): (.{12,1000})""", re.MULTILINE
)
"""What unittest's and pytest's checks of an exception's message met in place of the one expected."""

_TELLING = 12
"""Characters of a message below which two crashes may say the same by chance."""

_SOURCE_CHARACTERS = 8_192
_CALL = re.compile(r"(?<![\w.])((?:[A-Za-z_]\w{0,80}\.){0,4})([A-Za-z_]\w{0,80})\(")
_SHOWN = re.compile(r"(?: {4}|> )(?!\s{0,200}(?:[@#]|def |class |async def |\"\"\"))")
_END_OF_SOURCE = ("E  ", "_ _ _")
_CHAINED = re.compile(
    r"^(?:During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:)$",
    re.MULTILINE,
)
_CHAIN_CHARACTERS = 32_768
_LINKS = 4
_DIGITS = re.compile(r"\d+")
_OF_EVERYBODY = frozenset(
    {
        *dir(builtins), *dir(str), *dir(bytes), *dir(list), *dir(dict), *dir(set),
        "and", "assert", "elif", "except", "if", "in", "is", "not", "or", "raise", "return", "while", "with", "yield",
        "after", "afterAll", "afterEach", "before", "beforeAll", "beforeEach", "context", "describe", "each", "expect",
        "it", "let", "require", "subject",
        "approx", "call", "deepcopy", "fixture", "mark", "parametrize", "patch", "raises", "skip", "subTest", "warns",
        "Mock", "MagicMock", "Path", "Popen", "check_output", "communicate", "read_text", "run", "wait",
    }
)  # fmt: skip
_TEST_WORDS = ("test", "assert", "fail", "setUp", "tearDown")
_TEST_OWNERS = ("pytest.", "unittest.", "mock.", "re.", "os.", "sys.", "json.", "subprocess.")


def marks_of(failure: Failure, paths: RepositoryPaths | None) -> tuple[Mark, ...]:
    """Return the marks of a failure; the first is of its test, and the only one of a failure that tells no cause."""
    if failure.rule:
        return (("rule", failure.rule.id, failure.file or ""),)
    places = places_of(failure, paths)
    kind = type_name(failure)
    asserting = is_assertion(failure)
    marks: list[Mark] = [("test", unparametrised(failure), kind)]
    raised = _raised_at(places, is_assertion=asserting)
    if raised is not None:
        # Where the function is not known, as in Rust or C++, the line tells it apart from others of its file.
        marks.append(("raised", kind, str(raised) if raised.function else f"{raised.path}:{raised.line}"))
    elif fixture := _fixture(failure, places):
        marks.append(("fixture", kind, str(fixture), shape_of(failure)))
    else:
        marks += _asked(failure, paths)
    if not asserting and kind not in _OF_ANOTHER_PROCESS:
        said = masked(bare_message(failure).partition("\n")[0])
        marks += [("said", kind, said)] if len(said) >= _TELLING else []
    marks += _causes(failure, paths)
    if came := _INSTEAD.search(failure.message):
        marks.append(("came instead", masked(came[1] or came[2])))
    return tuple(marks)


def _causes(failure: Failure, paths: RepositoryPaths | None) -> Iterator[Mark]:
    """Yield where each exception was raised that led to the last one, which hides them from its own mark."""
    *earlier, _ = _CHAINED.split(failure.text[:_CHAIN_CHARACTERS])
    for text in earlier[:_LINKS]:
        kind = (final_exception(text)[0] or "").rpartition(".")[2]
        places = places_of(replace(failure, frames=parse_frames(text)), paths)
        raised = next((place for place in reversed(places) if not place.is_test), None)
        if kind and raised and raised.function:
            yield "raised", kind, str(raised)


def is_assertion(failure: Failure) -> bool:
    """Whether a test found a wrong result, or says nothing at all, where others crash."""
    if failure.type is None and failure.kind is CaseOutcome.FAILED:
        return True
    message = bare_message(failure)
    return not message or bool(_ASSERTION_TYPES.search(type_name(failure)) or _ASSERTING.match(message))


def _raised_at(places: tuple[Place, ...], *, is_assertion: bool) -> Place | None:
    """Return the innermost place outside of tests; none for an assertion of a test itself, whatever led to it."""
    if places and is_assertion and places[-1].is_test:
        return None
    return next((place for place in reversed(places) if not (place.is_test or is_documentation(place.path))), None)


def _fixture(failure: Failure, places: tuple[Place, ...]) -> Place | None:
    """Return the place in test code that broke, where it is not the test's own function."""
    own_function = unparametrised(failure).replace("::", ".").rpartition(".")[2]
    is_another = places and places[-1].function not in {"", own_function, "<module>"}
    return places[-1] if is_another and failure.kind is CaseOutcome.ERROR else None


def _asked(failure: Failure, paths: RepositoryPaths | None) -> Iterator[Mark]:
    """Yield what the test asked of the project; of a test that shows no call, its name but for numbers."""
    names = _called(failure.text, paths.packages if paths else frozenset())
    yield from (("asked", name) for name in sorted(names))
    function = unparametrised(failure).rpartition("::")[2]
    if not names and _DIGITS.search(function):
        yield "sibling", _DIGITS.sub("#", function)


def _called(text: str, packages: Collection[str]) -> set[str]:
    """Return the functions that the source of the test calls, as far as the report shows it.

    Names that everybody uses count only as those of a package of the repository: `sqlparse.format`, never `x.format`.
    """
    names: set[str] = set()
    for line in text[:_SOURCE_CHARACTERS].split("\n"):
        if line.startswith(_END_OF_SOURCE):
            break
        if _SHOWN.match(line):
            for owner, name in _CALL.findall(line):
                is_own = owner.partition(".")[0] in packages
                is_common = owner.startswith(_TEST_OWNERS) or name.startswith(_TEST_WORDS) or name in _OF_EVERYBODY
                if is_own or not is_common:
                    names.add(name)
    return names
