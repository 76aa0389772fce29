"""Where each setting comes from: what is said where self-heal is called, else the repository's file, else a default."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.adapters.inputs import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPTION, FILE, DEFAULT = "option", "file", "default"
_ALLOWED = "engine"
"""In the file, what may be asked of what is configured; as an option, what is to be asked."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The values of all options by their destination, and which layer each is from."""

    values: argparse.Namespace
    sources: Mapping[str, str]


def layered(parser: argparse.ArgumentParser, options: Sequence[str], file: Mapping[str, Any]) -> Layers:
    """Parse options over the file's settings over the parser's defaults; raise UsageError for wrong options.

    A list that is given replaces the file's list.
    """
    defaults = vars(parser.parse_args([]))
    parser.set_defaults(**dict.fromkeys(defaults))
    given = vars(parser.parse_args(list(options)))
    values, sources = {}, {}
    for name, default in defaults.items():
        key = name.replace("_", "-")
        if given[name] is not None:
            values[name], sources[name] = given[name], OPTION
        elif key in file and key != _ALLOWED:
            values[name], sources[name] = file[key], FILE
        else:
            values[name], sources[name] = default, FILE if key in file else DEFAULT
    return Layers(argparse.Namespace(**values), sources)


def command_of(command: Sequence[str], file: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Return the test command and its layer: what stands after `--`, else the file's, else none."""
    if command:
        return tuple(command), OPTION
    if "test-command" in file:
        return tuple(words(file["test-command"])), FILE
    return (), DEFAULT
