"""The Test Anything Protocol as it comes in, line by line: subtests, plans, what was skipped, and what broke off.

Only the innermost points count: one that sums up its subtests is no test of its own, unless it failed and none of
them did. What `prove --verbose` prints around the protocol is understood, a document for each file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.evidence.bounded import BoundedText
from healer.evidence.formats.tap_levels import FailedPoint, Level, Levels
from healer.evidence.formats.tap_points import (
    PLAN,
    VERSION,
    Point,
    failure_at,
    is_summary,
    point_in,
    said_of_failure,
)
from healer.evidence.limits import DEPTH, LINE_CHARACTERS, SHORT_TEXT_CHARACTERS, TEXT_CHARACTERS
from healer.models.evidence import CaseOutcome

if TYPE_CHECKING:
    from healer.evidence.gathered import Gathered

_STEP = 4
_STARTS = ("ok", "not ok", "1..", "# Subtest", "TAP version", "Bail out!", "}")
_MANY = 200
_SUBTEST = re.compile(r"# Subtest(?:: (.{0,1024}))?$")
_BAIL = re.compile(r"Bail out!\s{0,8}(.{0,1024})")
_PROVE = re.compile(r"(\S{1,1024}) \.{2,200} ?(skipped: .{0,1024}|ok|)$")
_PROVED = re.compile(
    r"(?:Dubious, test returned|Failed \d{1,9}/\d{1,9} subtests|No subtests run|All \d{1,9} subtests passed)"
)
_DEATH = re.compile(r"^Node\.js v\d.{0,60}\n", re.MULTILINE)
_UNEXPLAINED = "failed although none of the tests in it did (a hook, or code outside of its tests)\n"
_BATS = re.compile(r"in test file [^,\n]{1,1024}, line \d")
_BROKEN_OFF = "the run broke off inside of a subtest"
_CATCH2 = re.compile(r".{1,4096} (?:for: |with \d{1,9} messages?: ')|unexpected exception with message: |explicitly$")
_LOOSE = re.compile(r"#\s{1,8}Failed test(?: '(.{1,1024})'| at .{1,1024} line \d{1,9}\.)$")


class TapStream:
    """Takes lines; counts into `gathered`. `seen` is the number of test points so far."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._levels = Levels(gathered)
        self._announced: dict[int, str] = {}
        self._failed: FailedPoint | None = None
        self._yaml: int | None = None
        self._depth = 0
        self._is_fresh = False
        self._file = ""
        self._has_begun = False
        self._is_over = False
        self._verdict = ""
        self._comments = BoundedText(TEXT_CHARACTERS)
        self._loose: dict[str, BoundedText] = {}
        self._loose_name = ""
        self._noise = BoundedText(SHORT_TEXT_CHARACTERS)
        self._before = ""
        self._before_point = ""
        self._lead = ""
        self._is_catch2 = False
        self.seen = 0

    def take(self, line: str) -> None:
        """Take one line without its end."""
        line = line[:LINE_CHARACTERS].rstrip()
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if self._yaml is not None and self._take_yaml(self._yaml, text, line, indent):
            return
        if self._is_fresh and text == "---" and indent > self._depth * _STEP:
            self._yaml = indent
            if self._failed:
                self._failed.has_yaml = True
            return
        self._is_fresh = self._is_fresh and not text
        if indent % _STEP == 0 and text and self._take_structure(text, indent // _STEP):
            return
        self._take_text(text, line, indent)

    def end(self) -> None:
        """Take the end of the stream."""
        self._close()

    def _take_yaml(self, opened: int, text: str, line: str, indent: int) -> bool:
        """Take a line of an open block of YAML; False if it is none. A point outside of it ends it too."""
        if text == "..." and indent <= opened:
            self._yaml = None
            return True
        is_outside = indent <= self._depth * _STEP
        if is_outside and (point_in(text, needs_number=True) or PLAN.match(text) or VERSION.match(text)):
            self._yaml = None
            return False
        if self._failed:
            self._failed.text.add(line[min(indent, opened) :] + "\n")
        return True

    def _take_structure(self, text: str, depth: int) -> bool:
        """Take a line of the protocol; False if it is none."""
        if depth > min(len(self._levels.open), DEPTH) or not (text.startswith(_STARTS) or self._file or " .." in text):
            return False
        if not depth and self._take_frame(text):
            return True
        if subtest := _SUBTEST.match(text):
            self._announce(subtest[1] or "", depth)
        elif plan := PLAN.match(text):
            self._take_plan(int(plan[1]), depth)
        elif text == "}" and depth + 1 < len(self._levels.open) and self._levels.open[depth + 1].opened_by:
            self._settle()
            opener = self._levels.open[depth + 1].opened_by
            if opener is not None:
                self._resolve(opener, depth)
        elif point := point_in(text, needs_number=depth == len(self._levels.open) or not self._has_begun):
            if not text.strip("ok") and self._file:
                self._close()  # prove's own word on the file
            else:
                self._take_point(point, depth)
        else:
            return False
        return True

    def _take_frame(self, text: str) -> bool:
        """Take the lines that begin, end, or surround a document."""
        if VERSION.match(text):
            if self._has_begun or self._levels.open[0].points:
                self._close()
            self._has_begun = True
        elif bail := _BAIL.match(text):
            self._settle()
            self._levels.add(
                0, CaseOutcome.ERROR, failure_at(CaseOutcome.ERROR, [bail[0].strip()], "", file=self._file), None
            )
            self._is_over = True
        elif prove := _PROVE.match(text):
            self._close()
            self._file = "" if prove[2] else prove[1]
            # What a script printed on its other stream often stands above its name.
            self._before, self._noise = str(self._noise), BoundedText(SHORT_TEXT_CHARACTERS)
        elif self._file and _PROVED.match(text):
            self._settle()
            if not self._levels.open[0].failing:
                self._verdict = self._verdict or f"{text}\n{self._before}{self._noise}".rstrip("\n")
                self._noise = BoundedText(SHORT_TEXT_CHARACTERS)
        else:
            return False
        return True

    def _announce(self, name: str, depth: int) -> None:
        self._settle()
        if depth == len(self._levels.open):
            outer = self._announced.pop(depth - 1, None)
            self._levels.open.append(Level(name if outer is None else outer))
            if outer is None:
                return
        self._announced[depth] = name

    def _take_plan(self, count: int, depth: int) -> None:
        self._settle()
        if depth == len(self._levels.open):
            self._levels.open.append(Level(self._announced.pop(depth - 1, "")))
        elif not depth and self._levels.open[0].plan is not None:
            self._close()
        self._levels.open[depth].plan = count
        self._has_begun = self._has_begun or not depth

    def _take_point(self, point: Point, depth: int) -> None:
        self._is_catch2 = self._is_catch2 or (bool(self._lead) and bool(_CATCH2.match(point.description)))
        self._settle()
        if depth == len(self._levels.open):
            self._levels.open.append(Level(self._announced.pop(depth - 1, "")))
        self._announced.pop(depth, None)
        root = self._levels.open[0]
        if not depth and point.number == 1 and root.last > 1 and (root.plan is None or root.points >= root.plan):
            self._close()
        self._before_point, self._noise = str(self._noise), BoundedText(SHORT_TEXT_CHARACTERS)
        level = self._levels.open[depth]
        level.points += 1
        level.last = point.number or level.last + 1
        self.seen += 1
        if point.opens:
            del self._levels.open[depth + 1 :]
            self._levels.open.append(Level(point.description, opened_by=point))
        else:
            self._resolve(point, depth)

    def _resolve(self, point: Point, depth: int) -> None:
        """Count a point, or what stands below it if it sums that up."""
        inner = self._levels.collapsed(depth)
        has_inner = inner is not None and inner.points > 0
        if inner is not None and has_inner:
            self._levels.merge(inner, depth, is_excused=point.is_excused)
        self._is_fresh, self._depth = True, depth
        if has_inner and (point.is_ok or point.is_excused):
            return
        if point.is_ok:
            outcome = CaseOutcome.SKIPPED if point.is_excused else CaseOutcome.PASSED
            self._levels.count(depth, outcome, self._key(point, depth))
            return
        sums_up = has_inner and inner is not None and inner.failing > 0
        limit = TEXT_CHARACTERS if self._levels.kept < _MANY else SHORT_TEXT_CHARACTERS
        kind = CaseOutcome.ERROR if has_inner else CaseOutcome.FAILED
        self._failed = FailedPoint(point, depth, kind, sums_up, BoundedText(limit), self._before_point)
        if self._is_catch2:
            self._failed.name = self._lead
            self._failed.text.add(point.description)

    def _settle(self) -> None:
        """Build the failure of the last point, whose diagnostics have ended."""
        failed, self._failed = self._failed, None
        self._loose_name = ""
        if failed is None:
            return
        text = str(failed.text)
        description = failed.point.description
        if failed.point.is_excused:
            if not _BATS.search(text) or failed.point.is_skipped:
                self._levels.count(failed.depth, CaseOutcome.SKIPPED, self._key(failed.point, failed.depth))
                return
            description = failed.point.written  # bats knows no TODO: that is the test's name
        kind = said_of_failure(text, "failureType") if failed.has_yaml else ""
        if failed.has_yaml and "\nexitCode:" in text:
            text += self._death_of(description, failed.before)
        if failed.sums_up and kind not in {"hookFailed", "uncaughtException", "unhandledRejection"}:
            return
        if kind in {"cancelledByParent", "testTimeoutFailure"}:
            failed.kind = CaseOutcome.ERROR
        if not text.strip():
            unnamed = next((key for key in self._loose if key.startswith("\n")), "") if not description else ""
            text = str(self._loose.pop(unnamed) if unnamed else self._loose.get(description, text))
        if failed.kind is CaseOutcome.ERROR and not text.strip():
            text = _UNEXPLAINED
        names = [*self._levels.names(failed.depth), failed.name or description or str(failed.point.number or "")]
        failure = failure_at(failed.kind, names, text, file=self._file, is_yaml=failed.has_yaml)
        self._levels.add(failed.depth, failed.kind, failure, self._key(failed.point, failed.depth))

    def _key(self, point: Point, depth: int) -> int:
        """Return what tells a point from others; 0 if it has no description, or that of an assertion."""
        if not point.description or self._is_catch2:
            return 0
        return hash((self._file, *self._levels.names(depth), point.description))

    def _death_of(self, file: str, before: str) -> str:
        """Return what a process printed that died while it loaded a file; several of them run at once.

        Where the fault is in a file that this one imports, only its place tells: right before the point.
        """
        deaths = [death for death in _DEATH.split(str(self._comments)) if file and file in death]
        if not deaths and _DEATH.search(before):
            deaths = _DEATH.split(before)[:-1]
        return deaths[-1] if deaths else ""

    def _take_text(self, text: str, line: str, indent: int) -> None:
        """Take a line that is not of the protocol: diagnostics of the last point, or noise."""
        comment = text[1:].removeprefix(" ") if text.startswith("#") else None
        if comment is not None:
            self._comments.add(comment + "\n")
            self._lead = "" if indent or self._has_begun else comment
            if self._is_catch2:  # which writes a point for each assertion, and the name of the test case above it
                return
        self._noise.add(f"{line if comment is None else comment}\n")
        loose = _LOOSE.match(text)
        if loose and (self._failed is None or self._failed.point.description != (loose[1] or "")):
            if len(self._loose) < _MANY:
                self._loose_name = loose[1] or f"\n{self.seen}.{len(self._loose)}"
                self._loose[self._loose_name] = BoundedText(SHORT_TEXT_CHARACTERS)
        elif comment is None:
            self._loose_name = ""
        if self._loose_name and comment is not None:
            self._loose[self._loose_name].add(comment + "\n")
        elif self._failed and not self._failed.has_yaml and not (comment is not None and is_summary(comment)):
            shown = line[min(indent, self._failed.depth * _STEP) :] if comment is None else comment
            self._failed.text.add(shown + "\n")

    def _close(self) -> None:
        """End a document: what its plan promised and did not come is an error, unless failures tell the story."""
        self._settle()
        is_inside = any(level.opened_by for level in self._levels.open)
        inner = self._levels.collapsed(0)
        if inner is not None:
            self._levels.merge(inner, 0, is_excused=False)
        root = self._levels.open[0]
        sentence = self._verdict or (_BROKEN_OFF if is_inside else root.why_incomplete())
        if sentence and root.points + bool(root.plan) + bool(self._verdict) and not self._is_over:
            if root.failing:
                self._gathered.warn(sentence)
            else:
                said = self._verdict or f"{sentence}\n{self._noise}"
                self._levels.add(0, CaseOutcome.ERROR, failure_at(CaseOutcome.ERROR, [], said, file=self._file), None)
        self._levels, self._announced = Levels(self._gathered), {}
        self._file, self._verdict = "", ""
        self._has_begun = self._is_over = self._is_catch2 = False
