"""What `propose`, `verify` and `deliver` have in common: their settings, and the documents they read and leave."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from healer.adapters.files import open_report
from healer.adapters.local_delivery import write_whole
from healer.cli.repository_settings import obeyed
from healer.cli.settings import parse_run, run_parser, split_command
from healer.errors import UsageError
from healer.handover.documents import MOST_BYTES, ProposalDocument, VerdictDocument, read, written

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal

_OF_MODELS = ("ANTHROPIC_", "OPENAI_", "AWS_", "GOOGLE_", "CLOUD_ML_")
_Document = TypeVar("_Document", ProposalDocument, VerdictDocument)


def asked_of(command: str, arguments: Sequence[str]) -> argparse.Namespace:
    """Return all options of one of the jobs, its own included."""
    return run_parser(f"self-heal {command}").parse_args(split_command(arguments)[0])


def settings_of(
    command: str, arguments: Sequence[str], terminal: Terminal, environment: Mapping[str, str], *always: str
) -> Settings:
    """Return the settings of one of the jobs, with the options that it always has; raise UsageError as `parse_run`."""
    options, behind = split_command(arguments)
    given = asked_of(command, options)
    if given.record is not None:
        raise UsageError(f"--record keeps what one run does from end to end, so {command} has none; use it with run")
    every = [*options, *always, *(["--", *behind] if behind else [])]
    return parse_run(every, environment, program=f"self-heal {command}", file=obeyed(given.repo, terminal))


def without_models(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no model can be asked."""
    return {name: value for name, value in environment.items() if not name.startswith(_OF_MODELS)}


def document_at(path: Path, kind: type[_Document], *, digest: str | None = None) -> _Document:
    """Return the document in a file; raise UsageError where it is none, or not the one with this SHA-256."""
    with open_report(path) as stream:
        data = stream.read(MOST_BYTES + 1)
    if digest is not None and hashlib.sha256(data).hexdigest() != digest.strip().lower():
        raise UsageError(
            f"{path} is not the document that was announced: its digest is another; let the job that made it run again",
            code="other_document",
        )
    return read(data, kind, str(path))


def proposal_of(given: argparse.Namespace, terminal: Terminal) -> ProposalDocument | None:
    """Return the proposal that was given; on a runner only with its digest: whoever ran tests can leave another."""
    if given.proposal is None:
        return None
    if terminal.on_runner and not given.proposal_digest:
        raise UsageError(
            f"{given.proposal} could be anybody's; give --proposal-digest, the output `digest` of the job that made it",
            code="no_digest",
        )
    return document_at(given.proposal, ProposalDocument, digest=given.proposal_digest)


def refuse_another_base(document: ProposalDocument | VerdictDocument, base: str) -> None:
    """Raise UsageError where a document is about another commit than this job."""
    if document.base != base:
        raise UsageError(
            f"the document is about commit {document.base[:10]} and this job about {base[:10]}; check out the commit "
            "that failed, in every job the same",
            code="another_base",
        )


def leave(document: ProposalDocument | VerdictDocument, output: Path | None, terminal: Terminal) -> bytes:
    """Write a document to the file that was named, else to the output unless a runner keeps it; return its bytes."""
    data = written(document)
    if output is not None:
        try:
            write_whole(output, data.decode())
        except OSError as error:
            raise UsageError(
                f"the document could not be written to {output} ({error.strerror}); give another --output",
                code="not_written",
            ) from None
    elif not terminal.on_runner:
        content: dict[str, Any] = json.loads(data)
        terminal.print_json(content)
    return data
