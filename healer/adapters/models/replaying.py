"""A run's models played by a cassette: the same questions get the same answers, any other is told as a difference."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from healer.errors import AnswerPending, BudgetExhausted, ModelUnavailable, UsageError
from healer.evidence.masking import masked
from healer.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.models.cassette import Cassette, Exchange
    from healer.models.change import Usage
    from healer.ports import ModelReply, ModelRequest

_SHOWN = 160
_MARKER = re.compile(r"[0-9a-f]{8,64}")
_ERRORS = {error.__name__: error for error in (ModelUnavailable, AnswerPending, BudgetExhausted)}


class Player:
    """Answers from a cassette, whatever the order that threads ask in."""

    def __init__(self, cassette: Cassette) -> None:
        self._cassette = cassette
        self._left = list(cassette.exchanges)
        self._lock = threading.Lock()
        self._redact = Redactor()

    @property
    def marker(self) -> str:
        """What fenced untrusted text in the recorded run's prompts; raise UsageError where it is not on record."""
        seeds = self._cassette.run.get("seeds")
        marker = seeds.get("marker") if isinstance(seeds, dict) else None
        if not isinstance(marker, str) or not _MARKER.fullmatch(marker):
            raise UsageError("the cassette does not say what fenced data in its prompts", code="bad_cassette")
        return marker

    @property
    def usage(self) -> Usage:
        """What the recorded run used."""
        return self._cassette.usage

    def client(self, name: str, model: str) -> PlayedClient:
        """Return the client of that name; raise UsageError when the recorded run had none."""
        facts = self._cassette.clients.get(name)
        if facts is None:
            raise UsageError(
                f"the recorded run asked no {name}, so there are no answers of it; replay it with the same models",
                code="replay_differs",
            )
        note = facts.get("cost_note")
        return PlayedClient(model, note if isinstance(note, str) else None, name, self)

    def answer(self, name: str, request: ModelRequest) -> ModelReply:
        """Return the recorded reply, or raise the recorded error; raise UsageError for a request that differs.

        Times, addresses, numbers and paths may differ: they are another's on every run.
        """
        asked = list(_parts(request, self._redact))
        with self._lock:
            mine = [one for one in self._left if one.client == name]
            found = next((one for one in mine if one.request == request), None) or next(
                (one for one in mine if _shape(one.request) == [(part, masked(line)) for part, line in asked]), None
            )
            if found is None:
                raise UsageError(_difference(name, asked, mine), code="replay_differs")
            self._left.remove(found)
        if found.reply is not None:
            return found.reply
        told = found.error or {}
        raise _ERRORS.get(told["kind"], ModelUnavailable)(told["sentence"], code=told["code"])

    @property
    def unasked(self) -> str | None:
        """What the recorded run asked and this one did not, in words; None when nothing is left."""
        if not self._left:
            return None
        return f"{len(self._left)} recorded exchanges were not asked for, the first with {self._left[0].client}"


@dataclass(frozen=True, slots=True)
class PlayedClient:
    """One model of the recorded run; satisfies `ModelClient`."""

    model: str
    cost_note: str | None
    name: str
    player: Player = field(repr=False)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Answer as recorded; see `Player.answer`."""
        return self.player.answer(self.name, request)


def _parts(request: ModelRequest, redact: Redactor) -> Iterator[tuple[str, str]]:
    """Yield every line of a request with where it stands."""
    texts = [("the system text", request.system), ("the context", request.context)]
    texts += [(f"turn {number}", f"{turn.role}:\n{turn.text}") for number, turn in enumerate(request.messages, start=1)]
    for part, text in texts:
        for number, line in enumerate(redact(text).split("\n"), start=1):
            yield f"{part}, line {number}", line
    yield "the limit of output", str(request.max_output_tokens)


def _shape(request: ModelRequest) -> list[tuple[str, str]]:
    return [(part, masked(line)) for part, line in _parts(request, Redactor())]


def _difference(name: str, asked: list[tuple[str, str]], recorded: list[Exchange]) -> str:
    """Return the first difference to the exchange that would have been next, in words."""
    if not recorded:
        return f"a further question is put to {name} that the recorded run did not ask; the run has become another"
    before = list(_parts(recorded[0].request, Redactor()))
    for (part, now), (_, then) in zip(asked, before, strict=False):
        if masked(now) != masked(then):
            return (
                f"what is asked of {name} differs from what was recorded, first in {part}: recorded {_quoted(then)}, "
                f"now {_quoted(now)}; replay it on the same commit with the same version of self-heal"
            )
    return (
        f"what is asked of {name} has {len(asked)} lines, and {len(before)} were recorded; replay it on the same "
        "commit with the same version of self-heal"
    )


def _quoted(line: str) -> str:
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…")
