"""`self-heal replay`: a recorded run again, its models played by the cassette, and what came out differently."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healer import __version__
from healer.adapters.models.cassette import read_cassette
from healer.adapters.models.replaying import Player
from healer.cli.parsing import Parser
from healer.cli.recorded import played_environment, replayed_arguments
from healer.cli.rendering import conclusion
from healer.cli.run import heal_once, interruptible
from healer.cli.settings import DEFAULT_MODEL, NETWORKS, parse_run
from healer.delivery.document import result_document
from healer.engines.model.asking import OneByOne

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from healer.budget import Budget
    from healer.cli.terminal import Terminal
    from healer.models.change import Usage
    from healer.models.outcome import HealResult
    from healer.ports import ModelClient
    from healer.redaction import Redactor

_ELSEWHERE = frozenset({"seconds", "branch", "pull_request", "notes"})
"""What a replay does not share with its recording: how long it took, where it was delivered, what machine it was on."""
_DURATION = re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|seconds?|minutes?)\b")
_DELIVERED = re.compile(r"; see \S+")
DIFFERENT = 1


class PlayedClients:
    """Clients that answer from a cassette; nothing is asked, and nothing costs. Satisfies `Clients`."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self.marker = player.marker
        self.asking = OneByOne()
        self.ends: float | None = None

    def open(self, budget: Budget, base: str, redact: Redactor) -> None:
        """Nothing is needed."""

    def client(self, engine: str, model: str | None) -> ModelClient:
        """Return the client; see `Clients`."""
        named = model or DEFAULT_MODEL
        return self._player.client(f"{engine}:{named}", named)

    def usage(self) -> Usage:
        """Return what the recorded run used."""
        return self._player.usage

    def conclude(self, result: HealResult) -> str | None:
        """Nothing is kept."""


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Replay a cassette; 0 when everything came out as recorded, 1 when not."""
    given = _parser().parse_args(arguments)
    cassette = read_cassette(given.cassette)
    player = Player(cassette)
    again = replayed_arguments(cassette.run, given.repo)
    settings = parse_run(
        [*(["--unsafe-no-sandbox"] if given.unsafe_no_sandbox else []), *again],
        played_environment(terminal.environment),
    )
    command = " ".join(settings.command) or "the suite's own command"
    terminal.progress("replay", f"{len(cassette.exchanges)} exchanges with models; tests are run by {command}")
    made_by = cassette.run.get("self_heal")
    if made_by != __version__:
        terminal.progress("replay", f"recorded by self-heal {str(made_by)[:20]}, and this is {__version__}")
    with interruptible():
        result = heal_once(settings, None, terminal, PlayedClients(player))
    document = result_document(result)
    difference = next(differences(cassette.document, document), None) or player.unasked
    if given.format == "json":
        terminal.print_json({**document, "replay": {"same": difference is None, "difference": difference}})
    else:
        said = "as recorded" if difference is None else f"not as recorded: {difference}"
        terminal.print(f"{conclusion(result)}{said}\n")
    return 0 if difference is None else DIFFERENT


def differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words where two outcome documents differ, times aside."""
    names = [*recorded, *(name for name in now if name not in recorded)]
    for name in names:
        if name in _ELSEWHERE:
            continue
        then, later = _timeless(recorded.get(name)), _timeless(now.get(name))
        if then != later:
            yield f"{name} was {_shown(then)} and is {_shown(later)}"


def _timeless(value: Any) -> Any:
    if isinstance(value, str):
        return _DELIVERED.sub("", _DURATION.sub("<time>", value))
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items()}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:160]}…"  # noqa: PLR2004 - it is to stay readable


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="self-heal replay",
        description="Run a recorded run again, offline: the tests are really run, what models said comes from the "
        "cassette, nothing is delivered. The cassette names the commands that are run: replay only what you trust.",
        allow_abbrev=False,
    )
    parser.add_argument("cassette", type=Path, metavar="CASSETTE", help="a file that run --record wrote")
    parser.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="the same repository (here)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the result on standard output")
    parser.add_argument("--env", action="append", default=[], metavar="NAME", help="a variable that tests may see")
    parser.add_argument("--network", choices=NETWORKS, help="what tests may talk to (localhost, where it can be)")
    parser.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="run tests beside secrets where nothing can isolate them"
    )
    return parser
