"""The command line: the only composition root, reader of the environment, and judge of exit codes."""

from __future__ import annotations

import errno
import importlib
import sys
from typing import TYPE_CHECKING

from healer import __version__
from healer.cli.terminal import Terminal
from healer.errors import SelfHealError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "run": "reproduce a failure, repair it, prove the repair and deliver it",
    "propose": "ask a model for a repair, running nothing: the first of three jobs",
    "verify": "run the tests with what was proposed, holding no secret: the second",
    "deliver": "hand over what was proved, once it passed the gate again: the third",
    "report": "show what test reports say, whatever their dialect",
    "diagnose": "group the failures and rank the code that is suspicious, changing nothing",
    "replay": "run a recorded run again, offline, its models played by the record",
    "doctor": "tell what a run would find here, what it would do, and what is lacking",
    "apply": "place a model-written change by its content, or refuse and say why",
}
"""Each is a module of this package with `execute(arguments, terminal) -> exit code`, imported only when asked for."""

MACHINE_FAULTS = frozenset(
    {
        errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EMFILE, errno.ENFILE,
        errno.EFBIG,
    }
)  # fmt: skip
"""What a full or read-only disk, or exhausted descriptors, look like; not ours to mend, but to say."""
UNREAD = 1
"""Whoever read the result has gone before its end: nobody can say that all is well."""
UNUSABLE = 2
INTERRUPTED = 130
DEFECT = 3


def usage() -> str:
    """Return the text of `self-heal --help`."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    return (
        "usage: self-heal COMMAND [OPTIONS]\n\n"
        "Repairs failing test suites: evidence, localization, repair, proof, delivery.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n"
        "  self-heal COMMAND --help   what a command takes\n"
        "  self-heal --version        the version\n\n"
        "exit codes: 0 good outcome, 1 not repaired, 2 wrong usage or unreadable input, 3 a defect, 130 interrupted\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no user ever meets a traceback from here."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal.standard()
    try:
        return _dispatch(argv, terminal)
    except SelfHealError as error:
        terminal.complain(error.sentence)
        return error.exit_code
    except KeyboardInterrupt:
        terminal.complain("interrupted; nothing was delivered, and the repository is as it was")
        return INTERRUPTED
    except BrokenPipeError:
        terminal.abandon_output()
        return UNREAD
    except OSError as error:
        return _stopped(error, terminal) if error.errno in MACHINE_FAULTS else _defect(error, terminal)
    except Exception as error:  # noqa: BLE001 - the one boundary where a defect becomes a sentence
        return _defect(error, terminal)


def _dispatch(argv: list[str], terminal: Terminal) -> int:
    name = argv[0] if argv else "--help"
    if name in {"--help", "-h", "help"}:
        terminal.print(usage())
        return 0 if argv else 2
    if name in {"--version", "-V"}:
        terminal.print(f"self-heal {__version__}\n")
        return 0
    if name not in COMMANDS:
        terminal.complain(f"there is no command {name!r}; it is one of {', '.join(COMMANDS)} (see self-heal --help)")
        return 2
    command = importlib.import_module(f"healer.cli.{name}")
    try:
        code: int = command.execute(argv[1:], terminal)
    except SystemExit as request:  # argparse ends the process after --help and after wrong usage
        return request.code if isinstance(request.code, int) else 2
    return code


def _stopped(error: OSError, terminal: Terminal) -> int:
    where = f" ({error.filename})" if error.filename else ""
    terminal.complain(
        f"the machine did not let self-heal go on: {error.strerror}{where}. Nothing was delivered; make room, or point "
        "TMPDIR to a folder that can be written to, and run again"
    )
    return UNUSABLE


def _defect(error: Exception, terminal: Terminal) -> int:
    traceback = importlib.import_module("traceback")
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    terminal.complain(
        f"this is a defect in self-heal {__version__}: {type(error).__name__} in {where}. Nothing was delivered. "
        "Please report it with this line; run with SELF_HEAL_DEBUG=1 for the whole traceback"
    )
    terminal.debug("".join(traceback.format_exception(error)))
    return DEFECT
