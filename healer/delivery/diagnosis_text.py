"""A diagnosis for a terminal: what fails, where to look, and the code there with its suspicious lines marked."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.delivery.diagnosis_change import Sign, decisive, told
from healer.delivery.diagnosis_sources import TAB, indentation
from healer.delivery.diagnosis_tests import failing_test
from healer.delivery.diagnosis_words import all_of, counted, failing, one_cause
from healer.invisible import REPLACEMENT, is_invisible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from healer.delivery.diagnosis_sources import Piece
    from healer.delivery.diagnosis_view import Entry, View
    from healer.models.evidence import FailureCluster

CLUSTERS = 10
FAILURES = 5
ENTRIES = 8
"""Functions that are told of with their evidence, the first of them with their code."""
FURTHER = 12
"""Functions that are named after those."""
MESSAGE = 8
EVIDENCE = 5
_WHOLE = (30, 16, 16)
"""Up to how many lines the first functions are shown whole; of others the marked lines alone."""
_WORTH_CODE = 0.3
"""Of the highest suspiciousness: what a function needs to be shown with more than its marked lines."""
_TEST = 14
_MARKS = 6
_CHANGES = 5
_BOLD, _RED, _YELLOW, _GREEN, _DIM = "1", "1;31", "33", "32", "2"
_COLORS = {Sign.REMOVED: "31", Sign.ADDED: _GREEN, Sign.SAME: _DIM}
_NARROWEST = 40


@dataclass(frozen=True, slots=True)
class Page:
    """What it is shown on; `width` is in columns, None where lines may be of any length."""

    width: int | None = None
    color: bool = False

    def painted(self, text: str, code: str) -> str:
        """Return text in a colour, where there are any."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def cut(self, text: str, indent: str = "") -> str:
        """Return one line that fits, with control and invisible characters made visible."""
        line = indent + plain(text)
        room = max(self.width, _NARROWEST) if self.width else len(line)
        return line if len(line) <= room else f"{line[: room - 1]}…"

    def filled(self, text: str, indent: str, hanging: str) -> list[str]:
        """Return prose wrapped to the width."""
        line = plain(" ".join(text.split()))
        if self.width is None:
            return [indent + line]
        width = max(self.width, _NARROWEST)
        return textwrap.wrap(
            line,
            width,
            initial_indent=indent,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )


def plain(text: str) -> str:
    """Return foreign text that commands no terminal, tabs as blanks."""
    return "".join(REPLACEMENT if is_invisible(character) else character for character in text.expandtabs(TAB))


def as_text(view: View, page: Page) -> str:
    """Return a diagnosis for people. Foreign text in it holds no control character, whatever it came with."""
    return "\n".join(_lines(view, page)) + "\n"


def _lines(view: View, page: Page) -> Iterator[str]:
    clusters = view.diagnosis.clusters
    if not clusters:
        yield "nothing fails"
        return
    for cluster in clusters[:CLUSTERS]:
        yield from _cluster(cluster, view, page)
        yield ""
    if len(clusters) > CLUSTERS:
        yield f"and {failing(all_of(clusters[CLUSTERS:]))} by {counted(len(clusters) - CLUSTERS, 'more cause')}"
        yield ""
    if view.diagnosis.culprit:
        yield from _change(view, page)
        yield ""
    yield from _entries(view, page)
    if view.left_out:
        yield ""
        yield page.painted("left out:", _DIM)
        for sentence in view.left_out:
            yield from page.filled(sentence, "  - ", "    ")


def _cluster(cluster: FailureCluster, view: View, page: Page) -> Iterator[str]:
    shown, count = cluster.representative, len(cluster.failures)
    yield page.painted(f"{one_cause(cluster)}:", _BOLD)
    said = [line for line in shown.headline.splitlines() if line.strip()]
    yield from (page.painted(page.cut(line.rstrip(), "  "), _RED) for line in said[:MESSAGE])
    if len(said) > MESSAGE:
        yield f"  … {counted(len(said) - MESSAGE, 'more line')}"
    yield from (page.cut(failure.id, "    ") for failure in cluster.failures[:FAILURES])
    if count > FAILURES:
        yield f"    and {count - FAILURES} more"
    test = failing_test(shown, view, most=_TEST)
    if test:
        yield ""
        yield from _code(test.pieces, test.marks, page)
    elif not shown.frames and shown.text.strip() and shown.text.strip() != shown.message.strip():
        yield "  its last words:"
        last = [line.rstrip() for line in shown.text.splitlines() if line.strip()][-MESSAGE:]
        yield from (page.cut(line, "    ") for line in last)


def _change(view: View, page: Page) -> Iterator[str]:
    culprit = view.diagnosis.culprit
    if culprit is None:
        return
    yield page.painted("broken by:", _BOLD)
    yield from page.filled(told(culprit), "  ", "  ")
    for number, change in enumerate(decisive(culprit, view.sources)):
        if number == _CHANGES:
            yield f"    and {counted(len(culprit.changes) - _CHANGES, 'more change')}"
            return
        first = next((one.line for one in change.lines if one.line and one.sign is Sign.ADDED), None)
        yield page.cut(change.path + (f":{first}" if first else ""), "    ")
        for line in change.lines:
            yield page.painted(page.cut(line.text, f"      {line.sign} ").rstrip(), _COLORS[line.sign])


def _entries(view: View, page: Page) -> Iterator[str]:
    entries, number = view.entries, 0
    if not entries:
        yield "nothing in the repository is suspicious: neither stack, history nor names lead to its source"
        return
    yield page.painted("where to look, most suspicious first:", _BOLD)
    for number, entry in enumerate(view.worth_telling(ENTRIES), 1):
        yield ""
        yield from _entry(number, entry, view, page)
    further = entries[number : number + FURTHER]
    if further:
        yield ""
        yield page.painted("less suspicious:", _BOLD)
        yield from (page.cut(_place(entry), "     ") for entry in further)
        if len(entries) > number + FURTHER:
            yield f"     and {len(entries) - number - FURTHER} more (--format json lists all)"


def _entry(number: int, entry: Entry, view: View, page: Page) -> Iterator[str]:
    marks = entry.worst(_MARKS)
    yield f"{page.painted(page.cut(_place(entry), f'{number:>3}. '), _BOLD)} ({entry.suspiciousness:.2f})"
    for words in entry.evidence[:EVIDENCE]:
        yield from page.filled(words, "     - ", "       ")
    if len(entry.evidence) > EVIDENCE:
        yield f"     - and {counted(len(entry.evidence) - EVIDENCE, 'more reason')}"
    is_among_first = number <= len(_WHOLE) and entry.suspiciousness >= _WORTH_CODE * view.entries[0].suspiciousness
    if is_among_first or marks:
        most, around = (_WHOLE[number - 1], 2) if is_among_first else (1, 0)
        yield from _code(
            view.sources.excerpt(entry.path, entry.line, entry.end_line, marks, most=most, around=around), marks, page
        )


def _place(entry: Entry) -> str:
    return f"{entry.path}:{entry.first}" + (f" in {entry.function}" if entry.function else "")


def _code(pieces: Sequence[Piece], marks: Collection[int], page: Page) -> Iterator[str]:
    indent = indentation(pieces)
    for position, piece in enumerate(pieces):
        if position:
            yield page.painted("           ⋮", _DIM)
        for number, text in enumerate(piece.texts, piece.line):
            is_marked = number in marks
            line = page.cut(text.expandtabs(TAB)[indent:], f"{'>' if is_marked else ' ':>6} {number:>5}  ")
            yield page.painted(line, _RED if is_marked else _DIM).rstrip()
