"""The command line and the environment, read once into one frozen value."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from healer.cli.job_options import DESCRIPTIONS, add_job_options
from healer.cli.keys import Keys
from healer.cli.layers import command_of, layered
from healer.cli.model_options import add_model_options, model_problems
from healer.cli.parsing import Parser
from healer.cli.pull_request_options import add_pull_request_options, pull_request_problems, wishes_of
from healer.cli.spending import Spending, add_spending_options, spending_of, spending_problems
from healer.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import Any

    from healer.delivery.wishes import Wishes

ENGINES = ("embedded", "anthropic", "bedrock", "vertex", "openai")
"""In order of cost."""
NETWORKS = ("none", "loopback", "full")
DELIVERIES = ("patch", "branch", "pull-request", "summary")
PROVISIONS = ("auto", "always", "none")
DEFAULT_MODEL = "claude-sonnet-5-5"
"""Pinned by release; a change is a minor version with a line in the CHANGELOG."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's configuration."""

    repository: Path
    base: str
    last_green: str | None
    reports: tuple[str, ...]
    logs: tuple[Path, ...]
    engines: tuple[str, ...]
    model: str | None
    escalate_to: str | None
    """The model asked once the first round has failed, as `MODEL` or `ENGINE:MODEL`; None: the same again."""
    ensemble: tuple[str, ...]
    """Further models asked in every round."""
    reviewer: str | None
    candidates: int | None
    """Proposals a round; None: one, and more only as they fall."""
    deliver: str
    wishes: Wishes
    output: Path | None
    format: str
    command: tuple[str, ...]
    checks: tuple[tuple[str, ...], ...]
    setup: str | None
    provision: str
    """Whether the project is set up by detection: where it has to be (`auto`), `always`, or `none`."""
    cache: Path | None
    """Where environments are kept for later runs; None: nowhere."""
    variables: tuple[str, ...]
    rounds: int
    proof_runs: int
    workers: int
    """0: as many as there are processors."""
    max_cost_usd: float
    spending: Spending
    time_limit: float
    case_time_limit: float | None
    """None: a third of `time_limit`."""
    unsafe_no_sandbox: bool
    test_image: str | None
    """The image whose containers the suite runs in; None: it runs on this machine."""
    network: str | None
    """What tests may talk to; None: their own localhost where the sandbox can tell it apart, else all."""
    source_roots: tuple[str, ...]
    allow_dependencies: bool
    keys: Keys


def parse_run(
    arguments: Sequence[str], environment: Mapping[str, str], *, program: str = "self-heal run",
    file: Mapping[str, Any] | None = None,
) -> Settings:  # fmt: skip
    """Read `self-heal run`'s arguments over the repository's own settings, and the keys.

    Raises UsageError naming all problems at once.
    """
    options, command = split_command(arguments)
    said = file or {}
    given = layered(run_parser(program), options, said).values
    keys = Keys.found_in(environment)
    engines = tuple(given.engine) or _configured(keys, given.model, said.get("engine", ENGINES))
    problems = [*_problems(given, keys, engines), *spending_problems(given, environment)]
    if not engines:
        problems.append("the repository allows only engines that nothing here configures; give their keys, or --engine")
    if problems:
        raise UsageError("; ".join(problems))
    return Settings(
        repository=given.repo,
        base=given.base,
        last_green=given.last_green or None,
        reports=tuple(given.report),
        logs=tuple(given.log),
        engines=engines,
        model=given.model,
        escalate_to=given.escalate_to,
        ensemble=tuple(given.ensemble),
        reviewer=given.reviewer,
        candidates=given.candidates,
        deliver=given.deliver,
        wishes=wishes_of(given),
        output=given.output,
        format=given.format,
        command=command_of(command, said)[0],
        checks=tuple(tuple(shlex.split(check)) for check in given.check),
        setup=given.setup_command,
        provision=given.setup,
        cache=cache_folder(given.cache, environment),
        variables=tuple(given.env),
        rounds=given.rounds,
        proof_runs=given.proof_runs,
        workers=given.workers,
        max_cost_usd=given.max_cost_usd,
        spending=spending_of(given, environment),
        time_limit=given.time_limit,
        case_time_limit=given.case_time_limit,
        unsafe_no_sandbox=given.unsafe_no_sandbox,
        test_image=given.test_image,
        network=given.network,
        source_roots=tuple(root.strip("/") for root in given.source_root),
        allow_dependencies=given.allow_dependencies,
        keys=keys,
    )


def cache_folder(given: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return where to keep environments: as given (`none`: nowhere), else in the user's cache."""
    if given is not None:
        return None if given == "none" else Path(given).absolute()
    home = environment.get("HOME")
    root = environment.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else "")
    return Path(root) / "self-heal" if root.startswith("/") else None


def split_command(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands before `--` and what stands after it."""
    if "--" not in arguments:
        return list(arguments), []
    at = list(arguments).index("--")
    return list(arguments[:at]), list(arguments[at + 1 :])


def _configured(keys: Keys, model: str | None, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return every engine that may be asked and could answer, in order of cost."""
    present = {
        "embedded": True,
        "anthropic": keys.of_anthropic,
        "openai": model is not None and (keys.openai is not None or keys.openai_url is not None),
    }
    # Keys of clouds are often there for other ends: what they pay for is asked for by name.
    return tuple(name for name in ENGINES if present.get(name) and name in allowed)


def _problems(given: argparse.Namespace, keys: Keys, engines: Sequence[str]) -> list[str]:
    problems = []
    if not 1 <= given.rounds <= 3:  # noqa: PLR2004 - more rounds cost and do not help
        problems.append(f"--rounds is 1, 2 or 3, not {given.rounds}")
    if not 2 <= given.proof_runs <= 20:  # noqa: PLR2004 - one run proves nothing of the next
        problems.append(f"--proof-runs is a number from 2 to 20, not {given.proof_runs}")
    if not 0 <= given.workers <= 64:  # noqa: PLR2004 - more is a slip
        problems.append(f"--workers is a number up to 64, or 0 for one a processor, not {given.workers}")
    if not 0 < given.time_limit < float("inf"):
        problems.append(f"--time-limit is a number of seconds, not {given.time_limit}")
    if given.case_time_limit is not None and not 0 < given.case_time_limit < float("inf"):
        problems.append(f"--case-time-limit is a number of seconds, not {given.case_time_limit}")
    if "anthropic" in given.engine and not keys.anthropic and not keys.federation:
        problems.append("--engine anthropic needs ANTHROPIC_API_KEY in the environment")
    problems += [
        f"--engine {name} needs --model, the name that its endpoint knows"
        for name in ("bedrock", "vertex", "openai")
        if name in given.engine and not given.model
    ]
    if given.deliver == "pull-request" and not keys.github:
        problems.append("--deliver pull-request needs GITHUB_TOKEN in the environment")
    problems += [*pull_request_problems(given), *model_problems(given, engines, ENGINES)]
    return problems + [problem for check in given.check if (problem := _check_problem(check))]


def _check_problem(check: str) -> str | None:
    try:
        return None if shlex.split(check) else "--check needs a command"
    except ValueError as error:
        return f"--check {check!r} is not a command line: {error}"


def run_parser(program: str = "self-heal run") -> argparse.ArgumentParser:
    """Return the parser of `self-heal run` and of what takes its options; the test command is not its business."""
    command = program.rpartition(" ")[2]
    parser = Parser(
        prog=program,
        usage=f"{program} [OPTIONS] [-- TEST COMMAND...]",
        description=DESCRIPTIONS.get(command),
        allow_abbrev=False,
    )
    add_job_options(parser, command)
    what = parser.add_argument_group("what fails")
    add_evidence_options(what)
    add_suite_options(what)
    how = parser.add_argument_group("how it is repaired")
    how.add_argument("--engine", action="append", default=[], choices=ENGINES, help="ask only these, in this order")
    add_model_options(how, DEFAULT_MODEL)
    how.add_argument("--rounds", type=int, default=3, metavar="N", help="how many rounds an engine may take (3)")
    how.add_argument(
        "--proof-runs", type=int, default=3, metavar="N", help="in how many runs a repaired test case must pass (3)"
    )
    how.add_argument(
        "--workers", type=int, default=0, metavar="N", help="how many candidates are tried at once (one a processor)"
    )
    add_spending_options(how)
    how.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="run tests beside secrets where nothing can isolate them"
    )
    how.add_argument("--network", choices=NETWORKS, help="what tests may talk to (localhost, where it can be)")
    how.add_argument(
        "--source-root", action="append", default=[], metavar="DIR", help="change only what stands below it; repeatable"
    )
    how.add_argument(
        "--allow-dependencies", action="store_true", help="let a repair change which dependencies are installed"
    )
    result = parser.add_argument_group("what becomes of it")
    result.add_argument(
        "--deliver", choices=DELIVERIES, default="branch", help="how a proven repair is handed over (branch)"
    )
    add_pull_request_options(result)
    result.add_argument(
        "--output", type=Path, metavar="FILE", help="where the patch or document is written (standard output)"
    )
    result.add_argument("--format", choices=("text", "json"), default="text", help="the result on standard output")
    return parser


def add_suite_options(group: argparse._ArgumentGroup) -> None:
    """Add what `run`, `doctor` and `diagnose` take on how the suite is run."""
    group.add_argument(
        "--check", action="append", default=[], metavar="CMD", help="a validator: its failure counts as well"
    )
    group.add_argument("--setup-command", metavar="CMD", help="a shell command that prepares the suite, in its sandbox")
    group.add_argument(
        "--setup", choices=PROVISIONS, default="auto",
        help="set the project up by its own files: where what is installed does not serve, always, or never (auto)",
    )  # fmt: skip
    group.add_argument(
        "--cache", metavar="DIR", help="where environments are kept for later runs; none: nowhere (~/.cache/self-heal)"
    )
    group.add_argument("--env", action="append", default=[], metavar="NAME", help="a variable that tests may see")
    group.add_argument("--time-limit", type=float, default=1800.0, metavar="S", help="seconds for one suite run (1800)")
    group.add_argument("--case-time-limit", type=float, metavar="S", help="seconds for one test case (a third of that)")
    group.add_argument("--test-image", metavar="IMAGE", help="run the suite in containers of this image (node:22)")


def add_evidence_options(parser: argparse._ArgumentGroup) -> None:
    """Add the inputs that `run` and `diagnose` share."""
    parser.add_argument("--repo", type=Path, default=Path(), metavar="DIR", help="a git checkout (the current folder)")
    parser.add_argument("--base", default="HEAD", metavar="REV", help="the commit that failed (HEAD)")
    parser.add_argument(
        "--last-green", metavar="REV", help="an older commit that passed: what came since is suspected (the last ten)"
    )
    parser.add_argument(
        "--report", action="append", default=[], metavar="GLOB", help="reports: JUnit XML, SARIF and many others"
    )
    parser.add_argument(
        "--log",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a log, or a zip of them, where no report is",
    )
