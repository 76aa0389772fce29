"""Where words go: results to standard output, progress and complaints to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from healer.invisible import REPLACEMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]")
_LONGEST_LINE = 300
_RUNNER_COMMAND = re.compile(r"::|##\[")


def harmless(text: str) -> str:
    """Return text that cannot command the terminal: control and invisible characters are made visible."""
    return _CONTROL.sub(REPLACEMENT, text.replace("\r\n", "\n"))


def neutral(text: str) -> str:
    """Return text that cannot command GitHub's runner either (`::`, and `##[` anywhere in a line)."""
    return _RUNNER_COMMAND.sub(lambda match: ": :" if match[0] == "::" else "## [", harmless(text))


def one_line(text: str) -> str:
    """Return text as one line of bounded length."""
    folded = " ".join(text.split())
    return folded if len(folded) <= _LONGEST_LINE else f"{folded[: _LONGEST_LINE - 1]}…"


@dataclass(slots=True)
class Terminal:
    """The two streams and how to write to them."""

    stdout: TextIO
    stderr: TextIO
    color: bool = False
    debugging: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment of this process, read here and nowhere else."""
    on_runner: bool = False
    """Whether everything printed is read by a runner that obeys commands in it."""

    @classmethod
    def standard(cls) -> Terminal:
        """Use the process's own streams; NO_COLOR and a pipe both mean no colour."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError):
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # absent on replaced streams
        return cls(
            sys.stdout,
            sys.stderr,
            color=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
            environment=dict(os.environ),
            debugging=bool(os.environ.get("SELF_HEAL_DEBUG")),
            on_runner=os.environ.get("GITHUB_ACTIONS") == "true",
        )

    def print(self, text: str) -> None:
        """Write a result to standard output."""
        self.stdout.write(self._safe(text))
        self.stdout.flush()

    def print_json(self, document: Mapping[str, Any]) -> None:
        """Write one JSON document; on a runner, what it would obey is spelt in JSON's own escapes."""
        text = json.dumps(document, indent=2)
        if self.on_runner:
            text = text.replace("::", ":\\u003a").replace("##[", "##\\u005b")
        self.stdout.write(text.replace("\x7f", "\\u007f") + "\n")
        self.stdout.flush()

    def print_patch(self, patch: str) -> None:
        """Write a patch, exactly where a program reads it, harmlessly where a terminal or a runner does."""
        if self.on_runner or self.stdout.isatty():
            self.print(patch)
            return
        self.stdout.flush()
        self.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
        self.stdout.buffer.flush()

    def progress(self, stage: str, message: str) -> None:
        """Write one line about what is happening to standard error."""
        print(f"{stage:>10}  {self._safe(one_line(message))}", file=self.stderr, flush=True)

    def complain(self, sentence: str) -> None:
        """Write the sentence of an error to standard error."""
        print(f"self-heal: {self._safe(sentence)}", file=self.stderr, flush=True)

    def debug(self, text: str) -> None:
        """Write details that only SELF_HEAL_DEBUG=1 asks for."""
        if self.debugging:
            print(self._safe(text), file=self.stderr, flush=True)

    def _safe(self, text: str) -> str:
        return neutral(text) if self.on_runner else harmless(text)

    def abandon_output(self) -> None:
        """Stop writing to a pipe whose reader has gone, also at interpreter exit."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())
