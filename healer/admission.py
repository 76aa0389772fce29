"""Whether a candidate patch may be tried, or delivered: the checks, and the gate on the tree that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.models.change import RejectedBy, Rejection
from healer.patches.cheating.causes import objection_for_any
from healer.patches.checks import check
from healer.patches.gate import judge, too_large
from healer.patches.normal import normal_form
from healer.patches.pathnames import defect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from healer.models.change import FileEdit
    from healer.models.evidence import Failure
    from healer.patches.gate import GatePolicy
    from healer.ports import Repository


@dataclass(frozen=True, slots=True)
class Admitted:
    """The tree that a candidate makes of the base, and its canonical diff."""

    tree: str
    diff: str


class Admission:
    """Judges changes to one base; remembers what was tried. Every job that a change passes through asks it anew."""

    def __init__(
        self,
        repository: Repository,
        policy: GatePolicy,
        causes: Mapping[str, Sequence[Failure]],
        python: tuple[int, int] | None = None,
    ) -> None:
        """`causes` are the failures that a change is for, by fingerprint; `python` the suite's own, where known."""
        self._repository = repository
        self.policy = policy
        self._causes = causes
        self._python = python
        self._seen: set[str] = set()

    def admit(self, edits: tuple[FileEdit, ...]) -> Admitted | tuple[Rejection, str]:
        """Let a change through, or say why not; a refusal comes with its diff as far as there is one."""
        if rejection := too_large(edits, self.policy):
            return rejection, ""
        for edit in edits:  # first, as others name paths as they are
            if reason := defect(edit.path):
                return Rejection(RejectedBy.GATE, "path", f"The path {edit.path!a} is refused: {reason}."), ""
        if rejection := self.checked(edits) or objection_for_any(edits, self._causes):
            return rejection, ""
        tree = self._repository.write_tree(edits)
        diff = self._repository.diff(tree)
        if rejection := judge(self._repository.changes(tree), edits, self._repository.names, self.policy):
            return rejection, diff
        return Admitted(tree, diff)

    def checked(self, edits: tuple[FileEdit, ...]) -> Rejection | None:
        """Return why a change cannot be a repair whatever its tree holds, or None."""
        return check(edits, self._python)

    def repeated(self, edits: tuple[FileEdit, ...]) -> Rejection | None:
        """Refuse a change that is too large to be looked into, or was tried before; remember the others."""
        if rejection := too_large(edits, self.policy):
            return rejection
        form = normal_form(edits)
        if form in self._seen:
            return Rejection(RejectedBy.CHECK, "repeated", "this change was tried before; it must be a different one")
        self._seen.add(form)
        return None
