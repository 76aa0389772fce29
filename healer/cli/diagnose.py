"""`self-heal diagnose`: what fails, by cause, and where the fault may be; no model is asked and nothing is changed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.local_delivery import write_whole
from healer.cli.configuration import OF_THE_SUITE
from healer.cli.diagnosing import found_out
from healer.cli.parsing import Parser
from healer.cli.prompting import prompt_document, prompt_for, prompt_table, prompt_text
from healer.cli.repository_settings import obeyed
from healer.cli.run import interruptible
from healer.cli.settings import NETWORKS, add_evidence_options, add_suite_options, parse_run, split_command
from healer.delivery.diagnosis_json import diagnosis_document
from healer.delivery.diagnosis_page import as_html
from healer.delivery.diagnosis_text import Page, as_text
from healer.delivery.diagnosis_view import view
from healer.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from healer.cli.terminal import Terminal
    from healer.delivery.diagnosis_view import View

_WIDEST = 160


def execute(arguments: list[str], terminal: Terminal) -> int:
    """Say what fails and where to look; 0 whatever was found, as long as there was something to read."""
    options, command = split_command(arguments)
    asked = _parser().parse_args(options)
    if asked.html:
        _refuse_unwritable(asked.html)
    known_to_run = _own_options().parse_known_args(options)[1]
    behind = ["--", *command] if "--" in arguments else []
    file = {}
    if command or not (asked.report or asked.log):  # else nothing is run that the file could say anything about
        said = obeyed(asked.repo, terminal)
        file = {name: value for name, value in said.items() if name in OF_THE_SUITE}
    settings = parse_run([*known_to_run, *behind], terminal.environment, program="self-heal diagnose", file=file)
    settings = replace(settings, engines=(), deliver="summary")
    with interruptible(), found_out(settings, terminal, bisect=not asked.no_bisect) as known:
        source = known.repository.source
        shown = view(
            known.diagnosis, source, known.repository.base,
            redact=known.redact, spectra=known.spectra, left_out=known.left_out,
        )  # fmt: skip
        if asked.html:
            _write_page(asked.html, shown, terminal)
        prompt = prompt_for(known.diagnosis, source, settings) if asked.prompt else None
        if settings.format == "json":
            terminal.print_json(diagnosis_document(shown) | ({"prompt": prompt_document(prompt)} if prompt else {}))
        elif prompt:
            terminal.print(prompt_text(prompt))
            for line in prompt_table(prompt):
                terminal.progress("prompt", line)
        else:
            _print(shown, terminal)
    return 0


def _print(shown: View, terminal: Terminal) -> None:
    if terminal.color and not terminal.on_runner:
        # Colours are control characters, which printing makes visible; the words between them are harmless already.
        terminal.stdout.write(as_text(shown, Page(_width(terminal), color=True)))
        terminal.stdout.flush()
    else:
        terminal.print(as_text(shown, Page(_width(terminal))))


def _width(terminal: Terminal) -> int | None:
    """Return the columns of the terminal; None where it is none, for programs want lines whole."""
    if not terminal.stdout.isatty():
        return None
    said = terminal.environment.get("COLUMNS", "")
    if said.isdecimal() and len(said) < 6 and int(said):  # noqa: PLR2004 - no terminal is wider than 99,999 columns
        return min(int(said), _WIDEST)
    try:
        return min(os.get_terminal_size(terminal.stdout.fileno()).columns or _WIDEST, _WIDEST)
    except (OSError, ValueError):
        return None


def _refuse_unwritable(file: Path) -> None:
    """Raise UsageError before anything is run where the page could not be written after it."""
    if file.is_dir():
        raise UsageError(f"--html {file} is a folder; name the file that the page is to be written to")
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise UsageError(
            f"--html {file} cannot be written: there is no folder {file.parent} to write to; make it first"
        )


def _write_page(file: Path, shown: View, terminal: Terminal) -> None:
    try:
        write_whole(file, as_html(shown))
    except OSError as error:
        raise UsageError(f"--html {file} could not be written ({error.strerror}); name another file") from None
    terminal.progress("page", f"written to {file}")


def _own_options() -> Parser:
    """Return a parser of the options that `run` does not know."""
    parser = Parser(add_help=False, allow_abbrev=False)
    _add_own_options(parser)
    return parser


def _add_own_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-bisect", action="store_true", help="do not look for the change that broke it: it takes runs of what fails"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the code and its suspicious lines")
    parser.add_argument(
        "--prompt", action="store_true", help="print the prompt that a model would be sent, and its size by section"
    )


def _parser() -> argparse.ArgumentParser:
    """Return the parser of `self-heal diagnose`, whose options are its own and some of those of `run`."""
    parser = Parser(
        prog="self-heal diagnose",
        usage="self-heal diagnose [OPTIONS] [-- TEST COMMAND...]",
        description="Group the failures by cause and rank the code that is suspicious, with the evidence in words. "
        "Reads reports or logs where they are given, else runs the tests. Nothing is changed.",
        allow_abbrev=False,
    )
    what = parser.add_argument_group("what fails")
    add_evidence_options(what)
    add_suite_options(what)
    what.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="run tests beside secrets where nothing can isolate them"
    )
    what.add_argument("--network", choices=NETWORKS, help="what tests may talk to (localhost, where it can be)")
    _add_own_options(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the result on standard output")
    return parser
