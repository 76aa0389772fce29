"""Putting the parts together: which adapters stand behind the ports in this run."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from healer.adapters.checkout import Checkout
from healer.adapters.files import find_reports, open_report
from healer.adapters.generated import GeneratedFiles
from healer.adapters.git import Git
from healer.adapters.local_delivery import BranchDelivery, PatchDelivery, SummaryDelivery
from healer.adapters.redacting import RedactingSuite
from healer.adapters.repository import PrivateRepository
from healer.adapters.sandboxes.order import Level
from healer.adapters.suite import CommandSuite, SuiteCommand
from healer.adapters.workers import Workers, cores
from healer.admission import Admission
from healer.budget import Budget
from healer.cli.arrangement import Circumstances, arrange
from healer.cli.clients import ledger
from healer.cli.engines import Cast, most_calls
from healer.cli.grounds import grounds
from healer.engines.model.engine import ModelEngine
from healer.errors import UsageError
from healer.evidence.merging import merged
from healer.evidence.readers import read_reports
from healer.models.evidence import ReportVerdict
from healer.patches.gate import GatePolicy
from healer.pipeline import Tools
from healer.redaction import Redactor
from healer.trials import Limits, files_of_tests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from healer.adapters.event import Event
    from healer.adapters.sandbox import Isolation
    from healer.cli.clients import Clients
    from healer.cli.grounds import Grounds
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.models.code import Diagnosis
    from healer.models.evidence import Failure, Report
    from healer.ports import Delivery, Engine


def read_evidence(
    reports: Sequence[str], logs: Sequence[Path], folder: Path, terminal: Terminal, *, required: bool
) -> list[Failure]:
    """Return the failures of all reports and logs given; raise UsageError when one cannot be read.

    Reports need not be there yet (not `required`) where a test command was given, which may write them.
    """
    read = [
        *_read_all(_present(reports, folder, terminal, required=required), terminal, required=True),
        *_read_all(logs, terminal, required=required),
    ]
    return list(merged(read).failures)


def _read_all(paths: Sequence[Path], terminal: Terminal, *, required: bool) -> Iterator[Report]:
    for path in paths:
        with open_report(path) as stream:
            for report in read_reports(stream, str(path)):
                if report.verdict is ReportVerdict.UNREADABLE and required:
                    raise UsageError(f"{report.source} tells no test result: {report.reason}", code="bad_report")
                failing = report.tally.failing if report.tally else 0
                terminal.progress("evidence", f"{report.source}: {failing} failing ({report.format})")
                for remark in (*([report.reason] if report.reason else []), *report.warnings):
                    terminal.progress("evidence", f"{report.source}: {remark}")
                yield report


def _present(reports: Sequence[str], folder: Path, terminal: Terminal, *, required: bool) -> list[Path]:
    if not reports:
        return []
    try:
        return find_reports(reports, folder)
    except UsageError:
        if required:
            raise
        terminal.progress("evidence", "no report is there yet; the test command is expected to write it")
        return []


def checked_out(settings: Settings, event: Event | None, terminal: Terminal) -> tuple[Checkout, str]:
    """Return the checkout, and the commit that failed: that of the event, wherever the checkout has moved since."""
    checkout = Checkout.at(settings.repository, Git.find(terminal.environment.get("PATH", "")))
    return checkout, checkout.resolve(event.head_sha if event and event.head_sha else settings.base)


def gate_policy(settings: Settings, paths: frozenset[str]) -> GatePolicy:
    """Return how much a repair may change, and where, in a base with these files."""
    return GatePolicy(
        source_roots=settings.source_roots,
        dependencies=settings.allow_dependencies,
        read_only=run_by_commands(settings, paths),
    )


def admission_for(settings: Settings, repository: PrivateRepository, known: Diagnosis) -> Admission:
    """Return the judge of changes in a job that runs no tests: of these it knows the files of those that fail."""
    causes = {cluster.fingerprint: cluster.failures for cluster in known.clusters}
    paths = repository.source.paths
    tests = files_of_tests((failure.id for failures in causes.values() for failure in failures), paths)
    policy = gate_policy(settings, paths)
    return Admission(repository, replace(policy, read_only=policy.read_only | tests), causes)


MOST_COMMITS = 200
"""That are suspected, however old the last green one is; more would say little about any of them."""


@contextmanager
def workbench(
    settings: Settings, event: Event | None, terminal: Terminal, clients: Clients
) -> Iterator[tuple[Tools, list[str]]]:
    """Open everything that a run works with; yield it with what the reader must know of it; put it all away after."""
    # A variable that tests were given by name may be a secret of theirs.
    lent = (terminal.environment.get(name, "") for name in settings.variables)
    redact = Redactor((*settings.keys.secrets, *filter(None, lent)))
    checkout, base = checked_out(settings, event, terminal)
    with ExitStack() as stack:
        repository = stack.enter_context(PrivateRepository(checkout, base))
        ground = stack.enter_context(grounds(settings, checkout, terminal))
        suite, isolation = _suite(settings, checkout, repository, terminal, ground)
        stack.callback(suite.close)
        workers = Workers(settings.workers or cores())
        stack.callback(workers.close)
        clients.open(Budget(settings.max_cost_usd, most_calls(settings), ledger(settings)), base, redact)
        cast = Cast(settings, clients, redact)
        asked = cast.engines()
        unused = settings.keys.note
        notes = [*_left_out(checkout, base), isolation.sentence, *_cost_notes(asked), *([unused] if unused else [])]
        for note in notes:
            terminal.progress("note", note)
        policy = gate_policy(settings, repository.source.paths)
        tools = Tools(
            repository,
            RedactingSuite(suite, redact),
            asked,
            delivery_for(settings, checkout, repository, event, terminal, isolated=isolation.level is not Level.NONE),
            terminal.progress,
            time.monotonic,
            clients.usage,
            workers,
            Limits(
                rounds=settings.rounds,
                proof_runs=settings.proof_runs,
                policy=policy,
                commits=commits_since(checkout, base, settings.last_green),
                ends=float("inf") if clients.ends is None else clients.ends,
            ),
            cast.reviewer(),
        )
        yield tools, notes


def commits_since(checkout: Checkout, base: str, last_green: str | None) -> int:
    """Return how many commits are suspected, with the one that passed; raise UsageError where it is no ancestor."""
    if last_green is None:
        return Limits().commits
    behind = checkout.distance(checkout.resolve(last_green), base)
    if behind is None:
        raise UsageError(f"--last-green {last_green} is no commit before {base[:10]}; give one that it is based on")
    return min(max(behind + 1, 2), MOST_COMMITS)


def _suite(
    settings: Settings, checkout: Checkout, repository: PrivateRepository, terminal: Terminal, ground: Grounds
) -> tuple[CommandSuite, Isolation]:
    """Return the suite behind the test command, and how it is isolated."""
    toolchain, folder = ground.toolchain, folder_of(checkout)
    arranged = arrange(
        Circumstances(settings, checkout, repository, toolchain, folder, ground.machine, terminal.on_runner, ground.box)
    )
    if arranged.recipe is not None:
        for remark in (arranged.why, *(arranged.plan.reasons if arranged.plan and not settings.setup else ())):
            terminal.progress("set-up", remark)
    command = SuiteCommand(
        arranged.test,
        settings.checks,
        settings.reports,
        folder,
        arranged.recipe,
        settings.time_limit,
        settings.case_time_limit,
    )
    generated = GeneratedFiles.of(checkout, repository.source.paths)
    suite = CommandSuite(command, repository, toolchain, arranged.isolation, terminal.progress, generated=generated)
    return suite, arranged.isolation


def run_by_commands(settings: Settings, paths: frozenset[str]) -> frozenset[str]:
    """Return the files that judge a repair because a command names them: validators, and scripts that start the tests.

    A Python file that is itself the command (`python job.py`) is code like any other.
    """
    judges = {word for check in settings.checks for word in check}
    judges |= {word for word in settings.command if not word.endswith(".py")}
    return frozenset(name for word in judges if (name := word.removeprefix("./")) in paths)


def _left_out(checkout: Checkout, base: str) -> list[str]:
    """Tell of changes in the working tree that no commit holds."""
    changed = checkout.uncommitted()
    if not changed:
        return []
    noun = "change is" if len(changed) == 1 else "changes are"
    return [f"{len(changed)} uncommitted {noun} left out: the repair is based on commit {base[:10]}"]


def _cost_notes(asked: Sequence[Engine]) -> list[str]:
    clients = (client for engine in asked if isinstance(engine, ModelEngine) for client in engine.ladder.clients)
    return list(dict.fromkeys(client.cost_note for client in clients if client.cost_note))


def folder_of(checkout: Checkout) -> str:
    """Return where tests are run, relative to the root: the folder that --repo named."""
    if checkout.top is None:
        return ""
    relative = checkout.directory.relative_to(checkout.top.resolve())
    return "" if str(relative) == "." else str(relative)


def delivery_for(
    settings: Settings, checkout: Checkout, repository: PrivateRepository, event: Event | None, terminal: Terminal,
    *, isolated: bool = False,
) -> Delivery:  # fmt: skip
    """Return how a fix is handed over; raise UsageError where something is lacking.

    `isolated` says whether the tests that prove it are kept apart from self-heal; else nothing merges by itself.
    """
    match settings.deliver:
        case "patch":
            return PatchDelivery(settings.output)
        case "summary":
            return SummaryDelivery()
        case "branch":
            return BranchDelivery(checkout, repository)
    return _pull_request(settings, repository, event, terminal, isolated=isolated)


def _pull_request(
    settings: Settings, repository: PrivateRepository, event: Event | None, terminal: Terminal, *, isolated: bool
) -> Delivery:
    from healer.adapters.github import GitHubClient  # noqa: PLC0415 - requests takes long to import, and few runs need it
    from healer.adapters.pull_request import PullRequestDelivery  # noqa: PLC0415 - as above
    from healer.adapters.push import Remote  # noqa: PLC0415 - as above

    environment = terminal.environment
    name = environment.get("GITHUB_REPOSITORY")
    token = settings.keys.github
    if not name or not token:
        raise UsageError(
            "--deliver pull-request needs GITHUB_REPOSITORY (owner/name) and GITHUB_TOKEN in the environment"
        )
    server = environment.get("GITHUB_SERVER_URL") or "https://github.com"
    api = environment.get("GITHUB_API_URL") or "https://api.github.com"
    target = event.head_branch if event else None
    remote, client = Remote(server, name, token), GitHubClient(api, token, name)
    return PullRequestDelivery(repository, remote, client, target, settings.wishes, isolated)
