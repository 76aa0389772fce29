"""Which engines a run asks, in which order, and who gives the second opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.cli.model_options import FREE, engine_and_model
from healer.cli.settings import ENGINES
from healer.engines.embedded.engine import EmbeddedEngine
from healer.engines.model.engine import ModelEngine
from healer.engines.model.fencing import Fence
from healer.engines.model.ladder import Ladder
from healer.engines.model.reading import Reader
from healer.engines.model.review import ModelReviewer
from healer.errors import UsageError
from healer.localization.context import gather
from healer.localization.wanted import wanted
from healer.models.change import Rejection
from healer.patches.parse import parse_reply
from healer.patches.place import place

if TYPE_CHECKING:
    from healer.cli.clients import Clients
    from healer.cli.settings import Settings
    from healer.models.change import FileEdit
    from healer.ports import Engine, ModelClient, Reviewer, SourceTree
    from healer.redaction import Redactor

CONTEXT_TOKENS = 1_900
"""Of code in the first round; measured on seeded regressions (`docs/prompts.md`)."""
_FORMAT_REPAIRS = 2
_MOST_QUESTIONS = 2
_REVIEWS = 3
"""A proof that fails after all, and the reduced change, may each bring a further review."""


def most_calls(settings: Settings) -> int:
    """Return how many calls of models a run can make."""
    models = [name for name in settings.engines if name not in FREE]
    questions = max(settings.candidates or 0, 1 + len(settings.ensemble), _MOST_QUESTIONS)
    return _FORMAT_REPAIRS * settings.rounds * questions * len(models) + (_REVIEWS if settings.reviewer else 0)


class Cast:
    """The engines and the reviewer of one run, which share its fence and its choice of code."""

    def __init__(self, settings: Settings, clients: Clients, redact: Redactor) -> None:
        self._settings = settings
        self._clients = clients
        self._fence = Fence(clients.marker, redact)
        self._reader = Reader(gather, CONTEXT_TOKENS, wanted=wanted)

    def engines(self) -> tuple[Engine, ...]:
        """Return the engines asked for, in order; further models belong to the first that asks one."""
        made: list[Engine] = []
        is_first = True
        for name in self._settings.engines:
            if name in FREE:
                made.append(EmbeddedEngine())
            else:
                made.append(self._model_engine(name, is_first=is_first))
                is_first = False
        return tuple(made)

    def prompting(self) -> ModelEngine:
        """Return an engine that can make prompts and asks nobody."""
        settings = self._settings
        ladder = Ladder(())
        return ModelEngine(ladder, "model", self._reader, read_change, self._fence, rounds=settings.rounds)

    def reviewer(self) -> Reviewer | None:
        """Return who gives a second opinion, if anybody is to."""
        named = self._settings.reviewer
        return ModelReviewer(self._client(named), self._reader, self._fence) if named else None

    def _model_engine(self, name: str, *, is_first: bool) -> ModelEngine:
        settings = self._settings
        first = [self._clients.client(name, settings.model)]
        later = []
        if is_first:
            first += [self._client(named) for named in settings.ensemble]
            later = [self._client(settings.escalate_to)] if settings.escalate_to else []
        ladder = Ladder(tuple(first), tuple(later))
        return ModelEngine(
            ladder, name, self._reader, read_change, self._fence, settings.candidates, rounds=settings.rounds,
            asking=self._clients.asking,
        )  # fmt: skip

    def _client(self, named: str) -> ModelClient:
        """Return the client of `MODEL` or `ENGINE:MODEL`; the settings were refused where that names none."""
        found = engine_and_model(named, self._settings.engines, ENGINES)
        if found is None:
            raise UsageError(f"{named} is a model of no engine that is asked; write ENGINE:MODEL")
        engine, model = found
        return self._clients.client(engine, model)


def read_change(text: str, source: SourceTree) -> tuple[FileEdit, ...] | Rejection:
    """Parse a model's reply and place its change on the base, all of it or nothing."""
    changes = parse_reply(text)
    if isinstance(changes, Rejection):
        return changes
    return place(changes, lambda path: source.read(path) if path in source.paths else None)
