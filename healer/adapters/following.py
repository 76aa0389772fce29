"""What follows a delivery: who is asked for a review, whether it is a draft, whether GitHub may merge it by itself.

All of it is an offer. What GitHub will not do becomes a note, and nothing here ever merges. Only one thing is an error:
auto-merge that stays on for a commit it was not enabled for.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.delivery.wishes import Wishes, objection
from healer.errors import DeliveryError
from healer.models.outcome import Delivered, Standing

if TYPE_CHECKING:
    from healer.adapters.github import GitHubClient, PullRequest
    from healer.models.outcome import Fix

_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds in which GitHub works out whether a pull request may be merged; it begins when it is asked."""

_WAITS_FOR_SOMETHING = {"blocked", "behind"}
"""States in which GitHub withholds the merge. In any other one auto-merge would merge at once, if it were accepted:
while the state is unknown it is accepted even where a branch requires nothing."""

_AT_ONCE = "{base} requires nothing that is still to come, so it could only be merged at once; protect that branch"
_STATES = {
    "clean": _AT_ONCE,
    "unstable": _AT_ONCE,
    "has_hooks": _AT_ONCE,
    "dirty": "it conflicts with {base}",
    "draft": "it is a draft",
    "unknown": "GitHub did not say in time whether anything is required before a merge",
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A pull request that holds the fix now, and how it came to."""

    pull: PullRequest
    """As it is after the delivery."""
    before: PullRequest | None
    """As it was found; None when it was opened just now."""
    commit: str
    pushed: bool
    """Whether its branch points at another commit than before."""
    in_turn: bool = True
    """Whether its branch has the first name for these failures, so that all of their history stands there."""


@dataclass(frozen=True, slots=True)
class Following:
    """Acts on what is wanted, as far as the evidence goes."""

    github: GitHubClient
    wishes: Wishes = field(default_factory=Wishes)
    isolated: bool = False

    def release(self, pull: PullRequest | None) -> None:
        """Switch auto-merge off before the branch gets another commit; raise DeliveryError where it stays on."""
        if pull is None or pull.auto_merge is None:
            return
        try:
            self.github.disable_auto_merge(pull)
        except DeliveryError as error:
            raise DeliveryError(
                f"auto-merge is on for pull request {pull.number}, for another commit, and could not be switched off "
                f"({error.sentence}); switch it off by hand",
                code="auto_merge_stays_on",
            ) from None

    def settle(self, fix: Fix, handed: Handed) -> Delivered:
        """Do what follows from the fix's standing and tell what was done; raise DeliveryError as `release` does."""
        if handed.pushed:
            self.release(handed.pull)  # somebody enabled it between the look and the push
        notes: list[str] = []
        is_thin = fix.confidence is not None and fix.confidence.standing is Standing.DRAFT
        turned_ready = self._drafted(fix, handed, notes, is_thin=is_thin)
        asked = handed.pull.asked
        is_draft = is_thin or (handed.pull.is_draft and not turned_ready)
        if not is_draft and (handed.pushed or handed.before is None or turned_ready):
            asked = self._asked(handed.pull, notes)
        company = self._company(handed, notes)
        merges = self._merges(handed, objection(fix, isolated=self.isolated) or company, notes)
        return Delivered(handed.pull.head, handed.pull.url, handed.pull.number, merges, asked, tuple(notes))

    def _drafted(self, fix: Fix, handed: Handed, notes: list[str], *, is_thin: bool) -> bool:
        """Make a pull request that was open before what its evidence says; tell whether it turned ready."""
        if handed.before is None:
            return False
        try:
            if is_thin and handed.pushed and not handed.pull.is_draft:
                self.github.mark_draft(handed.pull)
            if fix.confidence is not None and not is_thin and handed.pull.is_draft:
                if why := self._drafted_by_hand(handed.pull):
                    notes.append(f"the pull request stays a draft: {why}")
                    return False
                self.github.mark_ready(handed.pull)
                return True
        except DeliveryError as error:
            wanted = "made a draft" if is_thin else "marked ready for review"
            notes.append(f"the pull request could not be {wanted}: {error.sentence}")
        return False

    def _drafted_by_hand(self, pull: PullRequest) -> str | None:
        if not self.github.is_own(pull):
            return "another account opened it"
        return "a person may have made it one" if self.github.was_drafted(pull) else None

    def _asked(self, pull: PullRequest, notes: list[str]) -> tuple[str, ...]:
        """Request the reviews that are wanted; return of whom one is requested now, whoever did it."""
        present = {name.lower() for name in pull.asked}
        whom = [name for name in self.wishes.review_from if name.lower() not in present]
        asked = pull.asked
        # One that may not be asked spoils the whole request: then each is asked for by itself.
        for group in (whom, *([name] for name in whom if len(whom) > 1)):
            if not group:
                continue
            try:
                asked = self.github.request_review(pull.number, group).asked
            except DeliveryError as error:
                if len(group) == 1:
                    notes.append(f"no review was requested of {group[0]}: {error.sentence}")
            else:
                if group is whom:
                    break
        return asked

    def _company(self, handed: Handed, notes: list[str]) -> str | None:
        """Note what the pull request brings beside the proved commit; return why that leaves the merge to a person.

        It does where the base branch has lost commits since the run that failed, or never had them.
        """
        base = handed.pull.base
        try:
            count = self.github.commits_beyond(base, handed.commit)
        except DeliveryError as error:
            notes.append(f"whether the pull request holds other commits could not be seen: {error.sentence}")
            return "whether it holds the proved commit alone is not known"
        if count == 1:
            return None
        if count < 1:
            notes.append(f"the pull request brings nothing: {base} has its commit already")
        else:
            notes.append(
                f"the pull request holds {count} commits, not the proved one alone: that one was built on commits that "
                f"{base} does not have, and a merge would bring them too; look at each of them"
            )
        return "it does not hold the proved commit alone"

    def _merges(self, handed: Handed, against: str | None, notes: list[str]) -> bool:
        """Enable auto-merge, leave it, or take it back; tell whether it is on."""
        if handed.pull.auto_merge is not None and not handed.pushed:
            return self._kept(handed.pull, against, notes)
        if not self.wishes.auto_merge:
            return False
        try:
            self._enable(handed, against)
        except (DeliveryError, _NotFit) as error:
            notes.append(f"auto-merge was not enabled: {error.sentence}")
            return False
        return True

    def _kept(self, pull: PullRequest, against: str | None, notes: list[str]) -> bool:
        """Decide on auto-merge that is on for the very commit that was proved again."""
        if against is None or self._is_by_another(pull):
            return True  # another person's decision on this commit stands
        try:
            self.github.disable_auto_merge(pull)
        except DeliveryError as error:
            notes.append(f"auto-merge is still on, though {against}: {error.sentence}")
            return True
        notes.append(f"auto-merge was switched off: {against}")
        return False

    def _is_by_another(self, pull: PullRequest) -> bool:
        """Tell whether auto-merge was surely enabled by an account other than ours."""
        if not pull.auto_merge:
            return False
        if pull.auto_merge != pull.author:
            return True
        try:
            return not self.github.is_own(pull)
        except DeliveryError:
            return False

    def _enable(self, handed: Handed, against: str | None) -> None:
        """Enable auto-merge for the commit that was proved; raise _NotFit or DeliveryError with why it is not on."""
        if why := against or self._begun(handed) or self._touched(handed.pull):
            raise _NotFit(why)
        rules = self.github.merge_rules()
        if not rules.auto_merge or rules.method is None:
            raise _NotFit("the repository does not allow it; tick `Allow auto-merge` under Settings > General")
        pull = self._worked_out(handed)
        if pull.commit != handed.commit:
            raise _NotFit("the branch has moved meanwhile")
        if pull.commits != 1:
            raise _NotFit("GitHub does not count one commit in it")
        if pull.merge_state not in _WAITS_FOR_SOMETHING:
            words = _STATES.get(pull.merge_state, "GitHub calls its state `{state}`, which is not known here")
            raise _NotFit(words.format(base=pull.base, state=pull.merge_state[:40]))
        if not self.github.enable_auto_merge(pull, handed.commit, rules.method):
            with contextlib.suppress(DeliveryError):
                self.github.disable_auto_merge(pull)
            raise _NotFit("GitHub does not say that it is on for this commit")

    def _begun(self, handed: Handed) -> str | None:
        """Return what was there before the delivery that leaves the pull request to a person."""
        before = handed.before
        if not handed.in_turn:
            return "another branch for the same failures holds work of somebody else's"
        if before is None:
            if self.github.was_closed(handed.pull.head):
                return "an earlier pull request for the same failures was closed"
            return None
        if not before.auto_merge or before.auto_merge != before.author or before.is_draft:
            return "the pull request was open before without it"
        return None

    def _touched(self, pull: PullRequest) -> str | None:
        """Return what others have had to do with a pull request that leaves it to a person."""
        if not self.github.is_own(pull):
            return "the pull request was opened by another account"
        if self.github.is_reviewed(pull.number):
            return "the pull request was reviewed"
        return "the pull request was commented on" if self.github.is_discussed(pull) else None

    def _worked_out(self, handed: Handed) -> PullRequest:
        for pause in _PAUSES:
            pull = self.github.pull_request(handed.pull.number)
            if pull.commit == handed.commit and pull.merge_state != "unknown":
                return pull
            self.github.wait(pause)
        return self.github.pull_request(handed.pull.number)


class _NotFit(Exception):  # noqa: N818 - reads as what happened
    """Why auto-merge is left alone."""

    @property
    def sentence(self) -> str:
        return str(self)
