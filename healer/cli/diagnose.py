"""`self-heal diagnose`: what fails, by cause, and where the fault may be; no model is asked and nothing is changed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.repository import PrivateRepository
from healer.cli.clients import LiveClients
from healer.cli.composition import read_evidence, workbench
from healer.cli.parsing import Parser
from healer.cli.prompting import prompt_document, prompt_for, prompt_table, prompt_text
from healer.cli.settings import add_evidence_options, parse_run, split_command
from healer.delivery.document import cluster_document
from healer.errors import SuiteError
from healer.models.spectra import Watch
from healer.pipeline import diagnose
from healer.trials import Limits

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal
    from healer.models.code import Diagnosis, Location
    from healer.models.evidence import Failure
    from healer.models.spectra import Spectra
    from healer.ports import Repository, SourceTree

    _Failing = tuple[Sequence[Failure], Repository, Spectra | None]

_SHOWN = 15
"""Locations that the text form lists; JSON lists all."""
_SHOWN_FAILURES = 5


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Say what fails and where to look; 0 whatever was found, as long as there was something to read."""
    options, _ = split_command(arguments)
    asked = _parser().parse_args(options)
    known = [argument for argument in arguments[: len(options)] if argument != "--prompt"] + arguments[len(options) :]
    settings = replace(parse_run(known, terminal.environment), engines=(), deliver="summary")
    with _failing(settings, terminal) as (failures, repository, spectra):
        source = repository.source
        diagnosis = diagnose(failures, repository, spectra, commits=Limits().commits, progress=terminal.progress)
        prompt = prompt_for(diagnosis, source, settings) if asked.prompt else None
        if settings.format == "json":
            terminal.print_json(as_json(diagnosis) | ({"prompt": prompt_document(prompt)} if prompt else {}))
        elif prompt:
            terminal.print(prompt_text(prompt))
            for line in prompt_table(prompt):
                terminal.progress("prompt", line)
        else:
            terminal.print(as_text(diagnosis, source))
    return 0


def as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the one document of `--format json`: clusters as `run` gives them, and locations, best first."""
    return {
        "clusters": [cluster_document(cluster) for cluster in diagnosis.clusters],
        "locations": [
            {
                "file": place.path,
                "line": place.line,
                "end_line": place.end_line,
                "function": place.function,
                "suspiciousness": round(place.suspiciousness, 4),
                "evidence": list(place.evidence),
            }
            for place in diagnosis.locations
        ],
    }


def as_text(diagnosis: Diagnosis, source: SourceTree) -> str:
    """Return clusters and locations for people, single lines with their source."""
    return "\n".join(_lines(diagnosis, source)) + "\n"


def _lines(diagnosis: Diagnosis, source: SourceTree) -> Iterator[str]:
    if not diagnosis.clusters:
        yield "nothing fails"
        return
    for cluster in diagnosis.clusters:
        shown = cluster.representative
        count = len(cluster.failures)
        message = " ".join((shown.message or shown.type or "").split())
        yield f"{count} failing test case{'s' if count > 1 else ''} by one cause: {message}"
        yield from (f"  {failure.id}" for failure in cluster.failures[:_SHOWN_FAILURES])
        if count > _SHOWN_FAILURES:
            yield f"  and {count - _SHOWN_FAILURES} more"
    yield ""
    if not diagnosis.locations:
        yield "nothing in the repository is suspicious: neither stack, history nor names lead to its source"
        return
    yield "suspicious, most first:"
    for number, place in enumerate(diagnosis.locations[:_SHOWN], 1):
        yield from _location(number, place, source)


def _location(number: int, place: Location, source: SourceTree) -> Iterator[str]:
    lines = f"{place.line}" if place.line == place.end_line else f"{place.line}-{place.end_line}"
    function = f" in {place.function}" if place.function else ""
    yield f"{number:>3}. {place.path}:{lines}{function} ({place.suspiciousness:.2f})"
    if place.line == place.end_line:
        text = source.read(place.path).split(b"\n")[place.line - 1].decode("utf-8", "replace").strip()
        yield f"       > {text}"
    yield from (f"       {words}" for words in place.evidence)


@contextmanager
def _failing(settings: Settings, terminal: Terminal) -> Iterator[_Failing]:
    """Yield what fails on the base: by the reports and logs given, or else by one run of the test command."""
    if settings.command or not (settings.reports or settings.logs):
        with workbench(settings, None, terminal, LiveClients(settings)) as (tools, _):
            run = tools.suite.run(watch=Watch.YES)
            if not run.failures and not run.complete:
                ending = "was stopped at its time limit" if run.timed_out else "ended early"
                raise SuiteError(
                    f"the test command {ending} and reported no failing test case; run it by hand to see why, "
                    "or give its report with --report"
                )
            yield run.failures, tools.repository, run.spectra
        return
    failures = read_evidence(settings.reports, settings.logs, settings.repository, terminal, required=True)
    checkout = Checkout.at(settings.repository, Git.find(terminal.environment.get("PATH", "")))
    with PrivateRepository(checkout, checkout.resolve(settings.base)) as repository:
        yield failures, repository, None


def _parser() -> argparse.ArgumentParser:
    """Return the parser of `self-heal diagnose`, whose options are some of those of `run`."""
    parser = Parser(
        prog="self-heal diagnose",
        usage="self-heal diagnose [OPTIONS] [-- TEST COMMAND...]",
        description="Group the failures by cause and rank the code that is suspicious, with the evidence in words. "
        "Reads reports or logs where they are given, else runs the tests once. Nothing is changed.",
        allow_abbrev=False,
    )
    what = parser.add_argument_group("what fails")
    add_evidence_options(what)
    what.add_argument("--setup-command", metavar="CMD", help="a shell command that prepares the suite, in its sandbox")
    what.add_argument("--env", action="append", default=[], metavar="NAME", help="a variable that tests may see")
    what.add_argument("--time-limit", type=float, default=1800.0, metavar="S", help="seconds for the suite run (1800)")
    what.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="run tests beside secrets where nothing can isolate them"
    )
    parser.add_argument(
        "--prompt", action="store_true", help="print the prompt that a model would be sent, and its size by section"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the result on standard output")
    return parser
