"""A JUnit file of any size, the same for the same seed: pytest's dialect, shared causes, long traces."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 7
_PACKAGES = ("billing", "catalogue", "checkout", "delivery", "identity", "ledger", "pricing", "search", "stock", "tax")
_WORDS = ("amount", "currency", "customer", "discount", "invoice", "item", "order", "parcel", "quantity", "total")
_CAUSES = (
    ("KeyError", "'{word}-{number}'"),
    ("ValueError", "{word} {number} is out of range"),
    ("TypeError", "unsupported operand type(s) for +: 'int' and 'NoneType'"),
    ("AssertionError", "assert {number} == {other}"),
    ("shop.errors.StockError", "{word} of item {number} is not there"),
)
_SHARED_PATHS = 60
_TRACE_LINES = 30


def write_junit(path: Path, cases: int, seed: int = SEED) -> None:
    """Write a file of that many cases: 2 % fail with traces of 30 lines, 1 % are skipped, the others pass."""
    with path.open("w", encoding="utf-8") as file:
        for piece in junit_pieces(cases, seed):
            file.write(piece)


def junit_pieces(cases: int, seed: int = SEED) -> Iterator[str]:
    """Yield the text of such a file in order, so that a large one never stands in memory."""
    chance = random.Random(seed)  # noqa: S311 - test data, no secret
    paths = [_shared_frames(chance) for _ in range(_SHARED_PATHS)]
    kinds = ["failed"] * (cases // 50) + ["skipped"] * (cases // 100)
    kinds += ["passed"] * (cases - len(kinds))
    chance.shuffle(kinds)
    yield '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" '
    yield f'errors="0" failures="{cases // 50}" skipped="{cases // 100}" tests="{cases}" time="812.604" '
    yield 'timestamp="2025-01-01T00:00:00.000000+00:00" hostname="runner">'
    for number, kind in enumerate(kinds):
        package = chance.choice(_PACKAGES)
        module = f"test_{package}_{number % 97}"
        word = chance.choice(_WORDS)
        name = f"test_{word}_is_kept_{number}[{word}-{number % 13}]"
        start = f'<testcase classname="tests.unit.{package}.{module}.Test{word.title()}" name="{name}"'
        start += f' time="{chance.random():.3f}"'
        if kind == "passed":
            yield f"{start} />"
        elif kind == "skipped":
            why = f"needs the {word} service"
            yield f'{start}><skipped type="pytest.skip" message="{why}">tests/unit/{package}/{module}.py:{number % 400}'
            yield f": {why}</skipped></testcase>"
        else:
            message, trace = _failure(chance, f"tests/unit/{package}/{module}.py", name, chance.choice(paths))
            yield f"{start}><failure message={quoteattr(message)}>{escape(trace)}</failure></testcase>"
    yield "</testsuite></testsuites>\n"


def _shared_frames(chance: random.Random) -> list[str]:
    """Return the part of a trace that failures of one cause share: calls through the project's own modules."""
    lines: list[str] = []
    for _ in range(3):
        package, word = chance.choice(_PACKAGES), chance.choice(_WORDS)
        lines += [
            "_ " * 40,
            f"    def {word}_of(self, {package}, *, strict=True):",
            f"        if {package}.{word} is None and strict:",
            f"            {package} = self.repository.reload({package}.id)",
            f">       return self.{chance.choice(_WORDS)}_of({package}.{word}, strict=strict)",
            "",
            f"src/shop/{package}/{word}s.py:{chance.randrange(10, 400)}: ",
        ]
    return lines


def _failure(chance: random.Random, file: str, name: str, shared: list[str]) -> tuple[str, str]:
    kind, said = chance.choice(_CAUSES)
    explained = said.format(word=chance.choice(_WORDS), number=chance.randrange(10_000), other=chance.randrange(10_000))
    function = name.partition("[")[0]
    asked, wanted = chance.randrange(10_000), chance.randrange(10_000)
    lines = [
        f"self = <tests.Test object at 0x7f{chance.randrange(16**10):010x}>",
        "",
        f"    def {function}(self):",
        f">       assert self.shop.{chance.choice(_WORDS)}_of({asked}) == {wanted}",
        "",
        f"{file}:{chance.randrange(10, 400)}: ",
        *shared,
    ]
    end = [f"E       {kind}: {explained}", "", f"src/shop/store.py:{chance.randrange(10, 400)}: {kind}"]
    filler = _TRACE_LINES - len(lines) - len(end)
    lines += [f"{chance.choice(_WORDS)} = {chance.randrange(10**6)}" for _ in range(filler)]
    return f"{kind}: {explained}", "\n".join([*lines, *end])
