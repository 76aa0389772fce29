"""Running a project's tests on a tree: each time in a fresh private copy, graded on our own record."""

from __future__ import annotations

import itertools
import json
import shlex
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from healer.adapters.copies import Copies
from healer.adapters.folders import hand_over, make_channel, surroundings
from healer.adapters.private_folders import PrivateFolder
from healer.adapters.reports import Places, printed, reported
from healer.adapters.run_folder import RunFolder
from healer.adapters.sandbox import Execution, Order, execute
from healer.adapters.setup.preparing import Workshop
from healer.adapters.spectra_files import read_spectra
from healer.adapters.toolchain import import_roots
from healer.evidence.builds import with_diagnostics
from healer.evidence.logs.console import read_output
from healer.evidence.record import parse_record
from healer.models.spectra import Watch
from healer.verification.grading import CHECK, SUITE, CommandEnd, grade, with_check
from healer.verification.reporters import Reporting, reporting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from healer.adapters.generated import GeneratedFiles
    from healer.adapters.repository import PrivateRepository
    from healer.adapters.sandbox import Isolation
    from healer.adapters.setup.furnishing import Furnishing
    from healer.adapters.setup.recipe import Recipe
    from healer.adapters.toolchain import Toolchain
    from healer.models.evidence import Failure
    from healer.models.proof import SuiteRun
    from healer.ports import Progress

_SHARE_OF_ONE_CASE = 1 / 3


@dataclass(frozen=True, slots=True)
class SuiteCommand:
    """What to run: the test command, validators after it, and where the runner writes its own reports."""

    test: tuple[str, ...]
    checks: tuple[tuple[str, ...], ...] = ()
    reports: tuple[str, ...] = ()
    folder: str = ""
    """The working directory, relative to the repository's root."""
    setup: Recipe | None = None
    """How the environment that tests run in is prepared, once, before the first run."""
    seconds: float = 1800.0
    case_seconds: float | None = None
    """How long one test case may take; None for a third of what the whole run may take."""


class CommandSuite:
    """A suite behind a command line; satisfies `ports.Suite`. Use as a context manager: it owns a scratch folder."""

    def __init__(
        self, command: SuiteCommand, repository: PrivateRepository, toolchain: Toolchain, isolation: Isolation,
        progress: Progress, *, generated: GeneratedFiles | None = None,
    ) -> None:  # fmt: skip
        self._command = command
        self._generated = generated
        self._repository = repository
        self._toolchain = toolchain
        self._isolation = isolation
        self._progress = progress
        self._ready = command.setup is None
        self._furnishing: Furnishing | None = None
        self._release: Callable[[], None] | None = None
        self._roots = import_roots(repository.source.paths)
        self._numbers = itertools.count(1)
        self._is_first, self._is_plain = True, False
        self._private = PrivateFolder("runs", isolation.place)
        self._folder = self._private.path
        if isolation.own_user:
            self._folder.chmod(0o711)
        self._copies = Copies(repository, self._folder, self._furnish)

    def close(self) -> None:
        """Remove what runs left behind."""
        if self._release is not None:
            self._release()
        self._copies.close()
        self._private.close()

    def run(
        self, tree: str | None = None, *, only: Collection[str] | None = None, in_order: bool = False,
        time_limit: float | None = None, watch: Watch = Watch.NO,
    ) -> SuiteRun:  # fmt: skip
        """Run the command in a fresh copy of a tree (the base's, for None), narrowed to test ids where it can be."""
        if not self._ready:
            self._set_up()
        if only is not None and SUITE in only:
            only = None
        run = self._prepare(tree, only, in_order=in_order, watch=watch)
        try:
            seconds = min(time_limit or self._command.seconds, self._command.seconds)
            asked = self._reporting(run)
            places = Places(asked.reports, run.tree / self._command.folder, is_any_enough=not self._command.reports)
            stale = places.present()
            main = self._execute(run, asked.argv, seconds, recorded=True, stdout=asked.stdout, watch=watch)
            record = parse_record(main.record)
            if not main.record_complete:
                record = replace(record, complete=False)
            told = None if record.sessions else reported(places, stale, main.output)
            is_first, self._is_first = self._is_first, False
            if is_first and told is None and not record.sessions and asked.argv != self._command.test:
                # The runner may not know the option; whatever it was, the user's own command has the last word.
                self._is_plain = True
                return self.run(tree, only=only, in_order=in_order, time_limit=time_limit, watch=watch)
            told = told if told or record.sessions else printed(main.output)
            if told:
                told = replace(told, failures=with_diagnostics(told.failures, main.output))
            graded = grade(_ended(shlex.join(self._command.test), main), record, told, narrowed=only is not None)
            for check in self._command.checks:
                ended = self._execute(run, check, seconds, recorded=False)
                graded = with_check(graded, _ended(f"{CHECK}{shlex.join(check)}", ended))
            spectra = read_spectra(run.spectra) if run.spectra.exists() else None
            return replace(within(graded, run.tree), spectra=spectra)
        finally:
            self._copies.remove(run.folder)

    def _set_up(self) -> None:
        """Set the project up in the sandbox, once; raise SuiteError with the decisive lines when that fails."""
        workshop = Workshop(
            self._repository, self._toolchain, self._isolation, self._progress, self._command.seconds
        )  # fmt: skip
        if self._command.setup is not None:
            made = workshop.prepare(self._command.setup, self._folder)
            self._toolchain, self._furnishing, self._release = made.toolchain, made.furnishing, made.release
            self._roots = tuple(dict.fromkeys((*made.roots, *self._roots)))
        self._ready = True

    def _furnish(self, tree: Path) -> None:
        """Put beside a tree's own files what a build or the set-up left for them."""
        for additional in (self._generated, self._furnishing):
            if additional is not None:
                additional.copy_into(tree)

    def _prepare(
        self, tree: str | None, only: Collection[str] | None, *, in_order: bool, watch: Watch
    ) -> RunFolder:  # fmt: skip
        run = RunFolder(self._folder / f"run-{next(self._numbers)}")
        run.make(only, in_order=in_order, watch=watch)
        self._copies.lay(tree, run.tree)
        if self._furnishing is not None:
            self._furnishing.settle_in(run.home)
        hand_over(run.folder, self._isolation)
        make_channel(run.channel, self._isolation)  # afterwards: who owns a channel could also read it
        return run

    def _reporting(self, run: RunFolder) -> Reporting:
        """Return the test command, made to leave a report where we know how and the user has not said where one is."""
        plain = Reporting(self._command.test, self._command.reports)
        if self._is_plain or self._command.reports:
            return plain
        return reporting(self._command.test, str(run.reports), self._scripts()) or plain

    def _scripts(self) -> dict[str, str]:
        """Return the scripts of the base's package.json, where it has any."""
        source, path = self._repository.source, str(PurePosixPath(self._command.folder, "package.json"))
        try:
            scripts = json.loads(source.read(path))["scripts"] if path in source.paths else {}
            return {name: command for name, command in scripts.items() if isinstance(command, str)}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}

    def _execute(
        self, run: RunFolder, command: Sequence[str], seconds: float, *, recorded: bool, stdout: str | None = None,
        watch: Watch = Watch.NO,
    ) -> Execution:  # fmt: skip
        roots = [run.tree / root for root in self._roots]
        variables = self._toolchain.variables(
            tree=run.tree, home=run.home, scratch=run.scratch, roots=[run.plugins, *roots] if recorded else roots
        )
        if recorded:
            case_seconds = self._command.case_seconds or seconds * _SHARE_OF_ONE_CASE
            options = variables.get("PYTEST_ADDOPTS", "")
            variables |= run.recording(options, self._toolchain.checkouts, case_seconds, watch)
        cwd = run.tree / self._command.folder
        argv = self._toolchain.resolved(command, cwd, run.tree)
        programs = (Path(argv[0]), *self._toolchain.mentioned(command))
        installed = (place for program in programs for place in self._installations(program))
        readable = (*installed, *self._toolchain.origins())
        if stdout is not None:
            argv = ("/bin/sh", "-c", 'exec "$@" >"$0"', stdout, *argv)
        order = Order(
            argv, cwd, variables, seconds, writable=(run.folder,), readable=readable,
            channel=run.channel if recorded else None,
        )  # fmt: skip
        return execute(order, self._isolation)

    def _installations(self, program: Path) -> tuple[Path, ...]:
        """Return what a program needs to see beside the system, following no link that tests could have made."""
        if self._toolchain.made and program.is_relative_to(self._toolchain.made):
            return ()  # that folder is readable as a whole
        for root in (self._folder, *self._toolchain.checkouts):
            if program.is_relative_to(root):
                home = program.parent.parent
                if home == root or not home.resolve().is_relative_to(root.resolve()):
                    return ()
                is_users = root != self._folder and not self._is_committed(home.relative_to(root))
                return surroundings(program) if is_users else (home,)
        return surroundings(program)

    def _is_committed(self, folder: Path) -> bool:
        """Whether the repository itself holds anything of a folder: its links may then lead anywhere."""
        return any(PurePosixPath(name).is_relative_to(folder) for name in self._repository.names)


def _ended(label: str, execution: Execution) -> CommandEnd:
    died = next((failure for failure in reversed(read_output(execution.output)) if failure.id == "script"), None)
    return CommandEnd(label, execution.exit_code, execution.seconds, execution.output, died)


def within(run: SuiteRun, tree: Path) -> SuiteRun:
    """Return the run with paths below the tree made relative to it: where a private copy stood means nothing later."""
    prefix = f"{tree}/"
    address = tree.as_uri() + "/"

    def without(text: str) -> str:
        return text.replace(address, "").replace(prefix, "").replace(str(tree), ".")

    def relative_path(file: str) -> str:
        return unquote(file.removeprefix(address)) if file.startswith(address) else file.removeprefix(prefix)

    def relative(failure: Failure) -> Failure:
        return replace(
            failure,
            id=without(failure.id),
            name=without(failure.name),
            suite=without(failure.suite),
            file=relative_path(failure.file) if failure.file else None,
            message=without(failure.message),
            text=without(failure.text),
            frames=tuple(replace(frame, file=relative_path(frame.file)) for frame in failure.frames),
        )

    outcomes = {without(test): outcome for test, outcome in run.outcomes.items()}
    return replace(run, outcomes=outcomes, failures=tuple(map(relative, run.failures)), output=without(run.output))
