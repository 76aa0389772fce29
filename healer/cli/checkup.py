"""What a run would find here: each part with its state, and for what is lacking, what to do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.adapters.checkout import Checkout
from healer.adapters.git import Git
from healer.adapters.holdings import held
from healer.adapters.isolation import obstacles
from healer.adapters.repository import PrivateRepository
from healer.adapters.sandboxes.containers.finding import find_engine
from healer.adapters.setup.machine import TOOLS, Machine
from healer.adapters.setup.recipe import by_plan
from healer.cli.arrangement import Circumstances, arrange, detected
from healer.cli.composition import folder_of
from healer.cli.grounds import grounds
from healer.errors import SelfHealError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.adapters.toolchain import Toolchain
    from healer.cli.arrangement import Arrangement
    from healer.cli.settings import Settings
    from healer.cli.terminal import Terminal

OK, NOTE, LACKING = "ok", "note", "lacking"
_KEYS = (
    ("Anthropic's key", "anthropic", "set ANTHROPIC_API_KEY to let its models repair what program repair cannot"),
    ("an OpenAI-compatible key", "openai", "set OPENAI_API_KEY or OPENAI_BASE_URL, and --model, to use such a model"),
    ("a GitHub token", "github", "set GITHUB_TOKEN for --deliver pull-request; other deliveries need none"),
)
_FURTHER_KEYS = (
    ("a federation rule of Anthropic's", "federation"), ("Amazon Bedrock's key", "bedrock"),
    ("a Google Cloud token", "vertex"),
)  # fmt: skip
"""Few have these; nobody is told to get them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: str
    name: str
    state: str
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was found, and what would be run."""

    findings: tuple[Finding, ...]
    arrangement: Arrangement | None

    @property
    def ready(self) -> bool:
        """Whether a run could work: nothing that it needs is lacking."""
        return all(finding.state != LACKING for finding in self.findings)


def examine(settings: Settings, terminal: Terminal, remark: str = "") -> Checkup:
    """Look at everything that a run would use, changing nothing; `remark` is what there is to say of its settings."""
    machine = Machine.look(terminal.environment)
    findings = [*_tools(machine), *_pythons(machine), *_sandbox(settings, terminal), *_keys(settings)]
    arrangement = None
    try:
        git = Git.find(terminal.environment.get("PATH", ""))
        checkout = Checkout.at(settings.repository, git)
        base = checkout.resolve(settings.base)
        findings += _repository(settings, checkout, base)
        findings += [Finding("repository", "settings", NOTE, remark)] if remark else []
        with PrivateRepository(checkout, base) as repository, grounds(settings, checkout, terminal) as ground:
            here = Circumstances(
                settings, checkout, repository, ground.toolchain, folder_of(checkout), ground.machine,
                terminal.on_runner, ground.box,
            )  # fmt: skip
            findings += [Finding("sandbox", "image", OK, ground.box.isolation.sentence)] if ground.box else []
            findings += _plan(here)
            arrangement = arrange(here)
            findings += _command_problem(arrangement, ground.toolchain)
    except SelfHealError as error:
        findings.append(Finding("suite" if arrangement is None else "run", error.code, LACKING, error.sentence))
    return Checkup(tuple(findings), arrangement)


def _tools(machine: Machine) -> Iterator[Finding]:
    for name in TOOLS:
        found = machine.tools.get(name)
        if found:
            yield Finding("tool", name, OK, str(found))
        elif name == "git":
            yield Finding("tool", name, LACKING, "not on the PATH", "install git: every repair is built with it")
        else:
            yield Finding("tool", name, NOTE, "not on the PATH", _use_of(name))


def _use_of(name: str) -> str:
    uses = {"uv": "not needed: pip does the same, slower", "docker": "needed only to run the suite in a container"}
    return uses.get(name, f"needed only by projects that use {name}")


def _pythons(machine: Machine) -> Iterator[Finding]:
    for version in machine.versions:
        one = machine.pythons(version)[0]
        yield Finding("python", version, OK, f"{one.path} ({one.origin})")
    if not machine.versions:
        advice = "install one (`uv python install`, pyenv, actions/setup-python) to set Python projects up"
        yield Finding("python", "3.8 to 3.14", NOTE, "none was found that can make a virtual environment", advice)


def _sandbox(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    here = False
    for rung, obstacle in obstacles([Path(sys.executable)]):
        if obstacle is None:
            here = True
            yield Finding("sandbox", rung.level.value, OK, rung.isolation(None).sentence)
        else:
            yield Finding("sandbox", rung.level.value, NOTE, obstacle)
    yield _containers(terminal)
    yield _job(settings, terminal)
    if not here:
        state = LACKING if terminal.on_runner and not settings.unsafe_no_sandbox else NOTE
        advice = "run self-heal in its container image, or as root on Linux, to keep tests from your files"
        yield Finding(
            "sandbox", "none", state, "tests would run as this user, beside all that this user can read", advice
        )


def _job(settings: Settings, terminal: Terminal) -> Finding:
    """Return whether this job is one that `self-heal verify` would start in."""
    name = "separate job"
    if not terminal.on_runner:
        return Finding("sandbox", name, NOTE, "only a workflow has one", "docs/jobs.md tells how, where that is wanted")
    try:
        found = held(terminal.environment, settings.repository)
    except SelfHealError as error:
        return Finding("sandbox", name, NOTE, error.sentence)
    if found:
        return Finding(
            "sandbox", name, NOTE, f"self-heal verify would not start here: this job holds {'; '.join(found)}"
        )
    return Finding("sandbox", name, OK, "this job holds nothing worth stealing that could be found")


def _containers(terminal: Terminal) -> Finding:
    """Tell whether --test-image could be used; it is tried where an image is named."""
    found = find_engine(terminal.environment)
    if isinstance(found, str):
        why, _, advice = found.rpartition("; ")
        return Finding("sandbox", "container", NOTE, why, f"{advice}, to run suites by --test-image")
    if found.lacking:
        return Finding("sandbox", "container", NOTE, f"{found.name}: {found.lacking}", "use an engine that can")
    told = f"{found.name} at {found.engine.address}: --test-image IMAGE runs the suite in its containers"
    return Finding("sandbox", "container", OK, told)


def _keys(settings: Settings) -> Iterator[Finding]:
    for name, attribute, advice in _KEYS:
        present = getattr(settings.keys, attribute) is not None
        yield Finding(
            "key", name, OK if present else NOTE, "present" if present else "absent", "" if present else advice
        )
    for name, attribute in _FURTHER_KEYS:
        if getattr(settings.keys, attribute) is not None:
            note = settings.keys.note if attribute == "federation" else None
            yield Finding("key", name, NOTE if note else OK, note or "present")


def _repository(settings: Settings, checkout: Checkout, base: str) -> Iterator[Finding]:
    version = checkout.git.line("version") or "of an unknown version"
    yield Finding("repository", "git", OK, version)
    yield Finding("repository", "base", OK, f"{settings.base} is {base[:10]}")
    writable = os.access(checkout.store, os.W_OK)
    needed = settings.deliver == "branch"
    yield Finding(
        "repository", "writable", OK if writable else LACKING if needed else NOTE, str(checkout.store),
        "" if writable else "make it writable for --deliver branch, or use --deliver patch",
    )  # fmt: skip
    changed = len(checkout.uncommitted())
    if changed:
        noun = "change is" if changed == 1 else "changes are"
        yield Finding(
            "repository", "uncommitted", NOTE, f"{changed} {noun} left out of a repair", "commit what belongs to it"
        )


def _plan(here: Circumstances) -> Iterator[Finding]:
    """Tell whether the project could be set up here, also where nobody asks for that now."""
    plan = detected(here)
    if plan is None:
        return
    try:
        by_plan(plan, here.machine, here.repository.source, folder=here.folder)
    except SelfHealError as error:
        yield Finding("suite", error.code, NOTE, error.sentence)


def _command_problem(arrangement: Arrangement, toolchain: Toolchain) -> list[Finding]:
    """Return that the test command is not here, unless setting up would bring it."""
    if arrangement.recipe is not None:
        return []
    try:
        toolchain.resolved(arrangement.test)
    except SelfHealError as error:
        return [Finding("suite", error.code, LACKING, error.sentence)]
    return []
