"""The seams: what stages and the pipeline ask of the world. Adapters satisfy them by shape.

Stages see only these protocols and the frozen types of `healer.models`; what stands behind them is chosen once,
by the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from healer.models.spectra import Watch

if TYPE_CHECKING:
    from healer.models.change import FileEdit, Proposal, Usage
    from healer.models.code import Commit, Diagnosis
    from healer.models.outcome import Attempt, Delivered, Fix, Opinion
    from healer.models.proof import SuiteRun

Progress = Callable[[str, str], None]
"""Called as `progress(stage, message)` with one line for people as things happen."""


class SourceTree(Protocol):
    """One commit's regular files, read from its objects: never from the disk, never through a link."""

    @property
    def paths(self) -> frozenset[str]:
        """All regular files (modes 100644 and 100755), `/`-separated, relative to the repository's root."""

    def read(self, path: str) -> bytes:
        """Return the file's bytes; raise KeyError for anything but a member of `paths`."""


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One line of `git diff-tree --raw` between the base and a candidate's tree; modes are octal strings.

    Object ids are whole; that of what is not there is all zeros.
    """

    status: str
    path: str
    old_mode: str
    new_mode: str
    old_id: str
    new_id: str


class Repository(Protocol):
    """The private object store that candidates are built in; the user's own checkout is never written to."""

    @property
    def base(self) -> str:
        """The commit that failed, which every repair is built on."""

    @property
    def source(self) -> SourceTree:
        """The base's files."""

    @property
    def names(self) -> frozenset[str]:
        """Paths of all the base's entries: links, submodules and files too large to be source are among them."""

    def at(self, commit: str) -> SourceTree:
        """Return the files of an earlier commit, of `recent_commits`; raise RepositoryError where it is not there."""

    def recent_commits(self, limit: int) -> Sequence[Commit]:
        """At most `limit` commits ending in the base, newest first."""

    def write_tree(self, edits: Collection[FileEdit]) -> str:
        """Store the base's tree with the edits applied and return its object id."""

    def changes(self, tree: str) -> Sequence[TreeChange]:
        """Tell what differs between the base's tree and this one, entry by entry, renames not folded."""

    def diff(self, tree: str) -> str:
        """Return the canonical unified diff from the base to this tree."""


class Suite(Protocol):
    """Something that can run the project's tests on a tree, in a fresh private copy of it each time."""

    def run(
        self,
        tree: str | None = None,
        *,
        only: Collection[str] | None = None,
        in_order: bool = False,
        time_limit: float | None = None,
        watch: Watch = Watch.NO,
    ) -> SuiteRun:
        """Run on the base (None) or another tree; `only` narrows to these test ids where the runner can.

        `in_order` runs them in the order given, one after the other in one process, and not in that of the files.
        `time_limit` is in seconds. `watch` asks for line spectra as well, which the runner may not be able to give.
        Raises SuiteError when the command cannot be started at all.
        """


class Pending(Protocol):
    """A run that was started, or will be when its result is asked for."""

    def result(self) -> SuiteRun:
        """Wait for the end of the run; raise what it raised."""

    def cancel(self) -> None:
        """End it without a result; nothing of it is left when this returns."""


class Workers(Protocol):
    """Runs of a suite side by side."""

    @property
    def count(self) -> int:
        """How many at once; with 1, each begins when its result is asked for."""

    def start(self, call: Callable[[], SuiteRun]) -> Pending:
        """Have a run begin as soon as a worker is free."""


@dataclass(frozen=True, slots=True)
class RepairTask:
    """What an engine is given: everything known, and what was tried before."""

    diagnosis: Diagnosis
    source: SourceTree
    round: int = 1
    attempts: Sequence[Attempt] = ()
    """It grows while proposals are asked for, each time that one of them fell."""


class Engine(Protocol):
    """A source of candidate patches. Proposals are lazy: the next is asked for only when the last one fell."""

    @property
    def name(self) -> str:
        """As in `--engine`."""

    @property
    def rounds(self) -> int:
        """How many rounds asking again makes sense; an engine that learns nothing from attempts says 1."""

    @property
    def rivals(self) -> int | None:
        """How many more of its proposals are wanted once one passes the targets; None: as the run's limits say.

        0 also means that the next is asked for only once the last one fell: each costs money.
        """

    def asked(self, number: int) -> frozenset[str]:
        """Return the ids of the models that are asked in a round, counted from 1; empty where none is."""

    def propose(self, task: RepairTask) -> Iterator[Proposal]:
        """Yield proposals, best first.

        Raises ModelUnavailable or BudgetExhausted, which end this engine's turn and no other's.
        """


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; `role` is `user` or `assistant`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call: a stable system text, stable repository context, then the conversation that varies.

    What endpoints cache is a common beginning: `system` is the same for every call of a release, `context` for every
    call of a run (all rounds, candidates, reviewer turns), byte for byte. It is sent as the beginning of the first
    user turn. A failure belongs in `messages`.
    """

    system: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    context: str = ""


@dataclass(frozen=True, slots=True)
class ModelReply:
    """What came back. `truncated` and `refused` replies carry no usable change, but their cost still counts."""

    text: str
    model: str
    usage: Usage
    truncated: bool = False
    refused: bool = False


class ModelClient(Protocol):
    """One model behind one endpoint."""

    @property
    def model(self) -> str:
        """The model's id, as the endpoint knows it."""

    @property
    def cost_note(self) -> str | None:
        """What the reader must know of the dollars shown (a price that is not known), or None."""

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once; retries of a transient kind happen inside.

        Raises ModelUnavailable with a sentence for people when there is no answer to be had, and BudgetExhausted
        before the call when its worst case would exceed the cap.
        """


class PendingReply(Protocol):
    """A question that was put, or will be when its reply is asked for."""

    def result(self) -> ModelReply:
        """Wait for the reply; raise what `complete` raises."""


class Asking(Protocol):
    """Questions to models side by side."""

    def start(self, client: ModelClient, request: ModelRequest) -> PendingReply:
        """Take a question. All that were taken are put together once the reply to one of them is asked for.

        What they cost, and whether there is money for each, does not depend on which is answered first.
        """


class Reviewer(Protocol):
    """A second opinion on a change that was proved."""

    def review(self, fix: Fix, diagnosis: Diagnosis, source: SourceTree) -> Opinion:
        """Say whether the change is right; raise ModelUnavailable or BudgetExhausted when no opinion is to be had."""


class SpendingLedger(Protocol):
    """What all runs of a day spend together."""

    def reserve(self, worst_case_usd: float) -> str:
        """Set the worst case of one call aside and return its entry; raise BudgetExhausted when that exceeds the cap.

        What is never settled counts in full until the day is over.
        """

    def settle(self, entry: str, usage: Usage) -> None:
        """Replace an entry's worst case by what the call used; never raises, as doubt has been counted already."""


class Delivery(Protocol):
    """A way to hand the result over (`patch`, `branch`, `pull-request`, `summary`)."""

    def deliver(self, fix: Fix, diagnosis: Diagnosis) -> Delivered:
        """Hand over a verified fix; raise DeliveryError when the forge or the disk will not take it."""


class Clock(Protocol):
    """Monotonic seconds."""

    def __call__(self) -> float:
        """Return the time now."""


Environment = Mapping[str, str]
