"""`self-heal run`: the whole cycle, on a laptop and as the action."""

from __future__ import annotations

import signal
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from healer.adapters.actions import Runner
from healer.adapters.event import read_event
from healer.cli.clients import LiveClients
from healer.cli.composition import read_evidence, workbench
from healer.cli.keys import Keys
from healer.cli.rendering import conclusion
from healer.cli.repository_settings import obeyed
from healer.cli.settings import parse_run, run_parser, split_command
from healer.delivery.document import result_document
from healer.errors import ImageUnavailable
from healer.models.outcome import HealResult, Outcome
from healer.pipeline import heal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from healer.adapters.event import Event
    from healer.cli.clients import Clients
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.ports import Delivery

_ENDING = (signal.SIGTERM, signal.SIGINT)


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Run the cycle once and say how it ended; 0 for a good outcome, 1 when the failure is still there."""
    hidden = Keys.found_in(terminal.environment).secrets
    runner = Runner.around(terminal.environment, terminal.stderr, hidden)
    with interruptible(), runner or nullcontext():
        given = run_parser().parse_args(split_command(arguments)[0])
        event = read_event(terminal.environment) if runner else None
        if event and event.skip:
            result = skipped(event)
        else:
            settings = parse_run(arguments, terminal.environment, file=obeyed(given.repo, terminal))
            result = heal_once(settings, event, terminal, LiveClients(settings, terminal.progress))
        if runner:
            runner.conclude(result)
    return show(result, given, terminal)


def show(result: HealResult, given: argparse.Namespace, terminal: Terminal) -> int:
    """Print how it ended in the form that was asked for, and return the exit code that says so."""
    if given.format == "json":
        terminal.print_json(result_document(result))
    elif result.fix and given.deliver == "patch" and given.output is None:
        terminal.print_patch(result.fix.diff)
    else:
        terminal.print(conclusion(result))
    return 0 if result.outcome.is_good else 1


def heal_once(settings: Settings, event: Event | None, terminal: Terminal, clients: Clients) -> HealResult:
    """Run the cycle with these models and return how it ended."""
    required = not settings.command
    reported = read_evidence(settings.reports, settings.logs, settings.repository, terminal, required=required)
    try:
        with workbench(settings, event, terminal, clients) as (tools, notes):
            result = heal(reported, tools, notes=notes)
            complete(tools.delivery, result)
            if kept := clients.conclude(result):
                terminal.progress("record", kept)
            return result
    except ImageUnavailable as error:
        return HealResult(Outcome.ENVIRONMENT, error.code, error.sentence)


def complete(delivery: Delivery, result: HealResult) -> None:
    """Let a delivery that can say more, once all is known, say it."""
    conclude = getattr(delivery, "conclude", None)
    if conclude is not None:
        conclude(result)


def skipped(event: Event) -> HealResult:
    """Return the end of a run that an event gave a reason not to begin."""
    code, sentence = event.skip or ("", "")
    return HealResult(Outcome.SKIPPED, code, sentence)


@contextmanager
def interruptible() -> Iterator[None]:
    """End on SIGTERM as on Ctrl-C: children are swept, private folders removed, nothing is delivered.

    The first signal starts the tidying up; further ones, such as a runner sends seconds later, do not break it off.
    """

    def interrupt(_number: int, _frame: Any) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
