"""GitHub's runner: commands on its log, files for its outputs and its job summary.

What the runner obeys is written here and nowhere else, and foreign text reaches it escaped.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

from healer.delivery.document import result_document
from healer.delivery.markdown import clean, one_line, prose, shortened
from healer.delivery.summary import summary
from healer.errors import SelfHealError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from healer.models.outcome import HealResult
    from healer.ports import Environment

OUTPUTS = {
    "outcome": r"[a-z-]{1,40}",
    "reason": r"[a-z0-9_-]{1,80}",
    "verified": r"true|false",
    "branch": r"self-heal/[0-9a-f]{8,40}(-[0-9]+)?",
    "pull-request-url": r"https?://[A-Za-z0-9.:-]{1,255}/[A-Za-z0-9._/-]{1,300}",
    "pull-request-number": r"[0-9]{1,10}",
    "patch": r"self-heal-[0-9a-f]{16}/fix\.patch",
    "report-json": r"self-heal-[0-9a-f]{16}/report\.json",
    "document": r"self-heal-[0-9a-f]{16}/(proposal|verdict)\.json",
    "digest": r"[0-9a-f]{64}",
    "go-on": r"true|false",
    "cost-usd": r"[0-9]{1,6}\.[0-9]{4}",
    "attempts": r"[0-9]{1,6}",
    "failures": r"[0-9]{1,9}",
    "confidence": r"[01]\.[0-9]{3}",
    "standing": r"auto-merge|review|draft",
}
"""Each output with the only shape it can have: safe even where a workflow pastes it into a script."""

_SHORTEST_MASK = 6
_ANNOTATIONS = 9


def mask_commands(values: Iterable[str]) -> list[str]:
    """Return the commands that hide secrets in the log, line by line, and as they look inside a basic credential."""
    commands: dict[str, None] = {}
    for value in values:
        for line in (line.strip() for line in value.splitlines()):
            if len(line) < _SHORTEST_MASK:
                continue
            for form in (line, *(_base64(prefix + line) for prefix in ("", "x-access-token:", ":"))):
                commands[f"::add-mask::{_escaped(form)}"] = None
    return list(commands)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")


def annotation(level: str, message: str, *, title: str = "", file: str | None = None, line: int | None = None) -> str:
    """Return a workflow command that annotates a line of a file, or the run; `level` is error, warning or notice."""
    properties = {"file": file, "line": str(line) if file and line else None, "title": title}
    given = ",".join(f"{key}={_escaped_property(value)}" for key, value in properties.items() if value)
    return f"::{level}{' ' if given else ''}{given}::{_escaped(shortened(clean(message), 3000))}"


def _escaped(text: str) -> str:
    # `##[` is obeyed anywhere in a line by the runner's older grammar.
    return text.replace("##[", "## [").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(one_line(text, 500)).replace(":", "%3A").replace(",", "%2C")


def output_entry(name: str, value: str) -> str:
    """Return an entry of the outputs file, or an empty text for a value of no known shape."""
    if not re.fullmatch(OUTPUTS[name], value):
        return ""
    delimiter = secrets.token_hex(16)
    while delimiter in value:
        delimiter = secrets.token_hex(16)
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


@dataclass(slots=True)
class Runner:
    """The runner around this process. While it is entered, no command printed by anybody else is obeyed.

    An error that passes through becomes an annotation, a summary and outputs, and goes on.
    """

    stream: TextIO
    output_file: Path | None = None
    summary_file: Path | None = None
    scratch: Path | None = None
    """The runner's temp folder; what is left there for later steps is named relative to it."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _token: str = ""

    @classmethod
    def around(cls, environment: Environment, stream: TextIO, hidden: Iterable[str] = ()) -> Runner | None:
        """Return the runner when this process is a step of a job, or None."""
        if environment.get("GITHUB_ACTIONS") != "true":
            return None

        def path(name: str) -> Path | None:
            return Path(environment[name]) if environment.get(name) else None

        scratch = path("RUNNER_TEMP")
        return cls(stream, path("GITHUB_OUTPUT"), path("GITHUB_STEP_SUMMARY"), scratch, tuple(filter(None, hidden)))

    def __enter__(self) -> Self:
        self._say(mask_commands(self.secrets))
        self._stop_commands()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._resume_commands()
        if isinstance(error, SelfHealError):
            self._say([annotation("error", error.sentence, title="self-heal")])
            self._append(self.summary_file, f"## self-heal: stopped\n\n{prose(error.sentence, 4000)}\n")
            self._outputs({"reason": error.code, "verified": "false"})

    def conclude(self, result: HealResult) -> None:
        """Publish the result: annotations, the job summary, the outputs, and the files that they name."""
        self._resume_commands()
        self._say(_annotations(result))
        self._append(self.summary_file, summary(result))
        self._outputs(_values(result) | self._leave_files(_contents(result)))
        self._stop_commands()

    def hand_over(self, name: str, data: bytes, told: str, values: Mapping[str, str]) -> None:
        """Publish a document for another job: the file, its digest, further outputs, and a summary in Markdown."""
        self._resume_commands()
        self._append(self.summary_file, told)
        digest = hashlib.sha256(data).hexdigest()
        self._outputs({**values, "digest": digest} | self._leave_files({"document": (name, data)}))
        self._stop_commands()

    def _stop_commands(self) -> None:
        self._token = secrets.token_hex(16)
        self._say([f"::stop-commands::{self._token}"])

    def _resume_commands(self) -> None:
        if self._token:
            self._say([f"::{self._token}::"])
            self._token = ""

    def _say(self, commands: Iterable[str]) -> None:
        for command in commands:
            self.stream.write(command + "\n")
        self.stream.flush()

    def _outputs(self, values: Mapping[str, str]) -> None:
        self._append(self.output_file, "".join(output_entry(name, value) for name, value in values.items()))

    def _append(self, path: Path | None, text: str) -> None:
        """Append to one of the runner's files, never through a link; what cannot be written is said."""
        if path is None or not text:
            return
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "ab") as file:  # noqa: PTH123 - it is a descriptor
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    self._say([annotation("warning", f"{path.name} is not written to: it is no regular file")])
                    return
                file.write(text.encode("utf-8", "replace"))
        except OSError as error:
            self._say([annotation("warning", f"{path.name} could not be written: {error.strerror}")])

    def _leave_files(self, contents: Mapping[str, tuple[str, bytes]]) -> dict[str, str]:
        """Leave files, by the output that names each, in the runner's temp folder, owned by the folder's owner."""
        if self.scratch is None:
            return {}
        name = f"self-heal-{secrets.token_hex(8)}"
        left: dict[str, str] = {}
        try:
            owner = self.scratch.stat()
            folder = self.scratch / name
            folder.mkdir(mode=0o755)
            for output, (file, data) in contents.items():
                (folder / file).write_bytes(data)
                left[output] = f"{name}/{file}"
            for path in (*folder.iterdir(), folder):
                with contextlib.suppress(PermissionError):  # only root may give files away
                    os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        except OSError as error:
            self._say([annotation("warning", f"the report could not be written: {error.strerror}")])
        return left


def _contents(result: HealResult) -> dict[str, tuple[str, bytes]]:
    """Return the JSON document, and the patch where there is one."""
    contents = {"report-json": ("report.json", json.dumps(result_document(result), indent=2) + "\n")}
    if result.fix is not None:
        contents["patch"] = ("fix.patch", result.fix.diff)
    return {output: (file, text.encode("utf-8", "surrogateescape")) for output, (file, text) in contents.items()}


def _values(result: HealResult) -> dict[str, str]:
    delivered = result.delivered
    number = delivered.pull_request_number
    confidence = result.fix.confidence if result.fix else None
    return {
        "outcome": result.outcome.value,
        "reason": result.reason,
        "verified": "true" if result.fix is not None else "false",
        "branch": delivered.branch or "",
        "pull-request-url": delivered.pull_request or "",
        "pull-request-number": "" if number is None else str(number),
        "cost-usd": f"{result.usage.cost_usd:.4f}",
        "attempts": str(len(result.attempts)),
        "failures": str(sum(len(cluster.failures) for cluster in result.clusters)),
        "confidence": "" if confidence is None else f"{confidence.value:.3f}",
        "standing": "" if confidence is None else confidence.standing.value,
    }


def _annotations(result: HealResult) -> list[str]:
    """Return one annotation for the run and one for each of the first causes, at the place it is seen."""
    level = "notice" if result.outcome.is_good else "error"
    commands = [annotation(level, result.sentence, title=f"self-heal: {result.outcome.value}")]
    for cluster in result.clusters[:_ANNOTATIONS]:
        shown = cluster.representative
        message = shown.headline or shown.name
        commands.append(annotation("warning", message, title=shown.name, file=_relative(shown.file), line=shown.line))
    return commands


def _relative(file: str | None) -> str | None:
    """Return a path only if it can be one of the repository's: what a report names is foreign text."""
    if not file or file.startswith("/") or ".." in file.split("/") or not file.isprintable():
        return None
    return file
