"""What goes into git: the branch's name and the commit's message."""

from __future__ import annotations

import hashlib
import re
import textwrap
from typing import TYPE_CHECKING

from healer.delivery.markdown import inert, one_line, shortened

if TYPE_CHECKING:
    from healer.models.code import Diagnosis
    from healer.models.outcome import Fix

BRANCH_PREFIX = "self-heal/"
_FINGERPRINT = re.compile(r"[0-9a-f]{8,40}")
_SUBJECT = 72
_LISTED = 10
_INDENT = "    "


def branch_name(diagnosis: Diagnosis) -> str:
    """Return the same `self-heal/<8 to 40 hex digits>` for the same set of failures, whatever their order."""
    fingerprints = sorted({cluster.fingerprint for cluster in diagnosis.clusters})
    if len(fingerprints) == 1 and _FINGERPRINT.fullmatch(fingerprints[0]):
        return BRANCH_PREFIX + fingerprints[0]
    digest = hashlib.sha256("\n".join(fingerprints).encode("utf-8", "surrogatepass")).hexdigest()
    return BRANCH_PREFIX + digest[:16]


def failing_ids(diagnosis: Diagnosis) -> list[str]:
    """Return the ids of all failures of the diagnosis, each once, in its order."""
    return list(dict.fromkeys(failure.id for cluster in diagnosis.clusters for failure in cluster.failures))


def headline(diagnosis: Diagnosis, limit: int) -> str:
    """Say in one line of plain text which test cases pass again; foreign names are inert in it."""
    if not diagnosis.clusters:
        return "Repair a failing run"
    name = diagnosis.clusters[0].representative.name or diagnosis.clusters[0].representative.id
    others = len(failing_ids(diagnosis)) - 1
    tail = " pass again" if not others else f" and {others} more pass again"
    room = limit - len("Make ") - len(tail)
    return f"Make {shortened(_plain(name, room), room)}{tail}"


def commit_message(fix: Fix, diagnosis: Diagnosis) -> str:
    """Return a message that closes no issue, mentions nobody, skips no check and carries no foreign trailer.

    Foreign words are indented, so that no line of them reads as a trailer, and the last paragraph is ours.
    """
    paragraphs = [headline(diagnosis, _SUBJECT)]
    if fix.analysis.root_cause.strip():
        paragraphs.append(f"Root cause, by the account of the engine:\n\n{_indented(fix.analysis.root_cause)}")
    ids = failing_ids(diagnosis)
    if ids:
        listed = [_indented(test, 300) for test in ids[:_LISTED]]
        if len(ids) > _LISTED:
            listed.append(f"{_INDENT}and {len(ids) - _LISTED} more")
        paragraphs.append("\n".join(["Failed before this change:", "", *listed]))
    if fix.proof:
        said = [_indented(sentence) for sentence in fix.proof]
        paragraphs.append("\n".join(["Established by running the tests:", "", *said]))
    by = f"the {_plain(fix.engine, 40)} engine" + (f" with {_plain(fix.model, 80)}" if fix.model else "")
    paragraphs.append(f"Written by self-heal, {by}.\nPassing tests make this change plausible; please review it.")
    return "\n\n".join(paragraphs) + "\n"


def _plain(text: str, limit: int) -> str:
    """Return one inert line without square brackets, which `[skip ci]` and its kin need."""
    return inert(one_line(text, limit)).replace("[", "(").replace("]", ")").replace("***", "* * *")


def _indented(text: str, limit: int = 2000) -> str:
    return textwrap.fill(
        _plain(text, limit),
        width=_SUBJECT,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
