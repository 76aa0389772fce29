"""What a model's answers to our prompts repair, the answers written beforehand from the prompts alone.

    python -m bench.repairs FOLDER             # writes a prompt file for each case that has none
    python -m bench.repairs FOLDER --check     # heals each case that has an answer, with the answer for a model

Whoever plays the model gets `CASE.prompt.md` and nothing else, and writes `CASE.answer.md`, `CASE.answer-2.md` for a
second round and so on. Histories are squashed, so that no change can be put back.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.regressions.cases import cases
from bench.regressions.workshop import Workshop
from tests.model_server import Says, model_server

if TYPE_CHECKING:
    from bench.regressions.cases import Case
    from bench.regressions.workshop import Package

_SECONDS = 600
_IDENTITY = ("-c", "user.name=x", "-c", "user.email=x@example.org")


def main() -> None:
    """Write prompts, or see what answers to them repair."""
    parser = argparse.ArgumentParser(prog="python -m bench.repairs", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where prompts and answers are")
    parser.add_argument("--check", action="store_true", help="heal the cases that have an answer")
    parser.add_argument("--cache", type=Path, default=Path(".cache/regressions"), help="as of bench.regressions")
    parser.add_argument("--every", type=int, default=10, help="every which case is taken (default: 10)")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(options.cache)
    workshop.prepare()
    all_cases = [(one, case) for one in workshop.packages for case in cases(workshop, one, seed=7, single=8, several=2)]
    rows = []
    for package, case in all_cases[options.every // 2 :: options.every]:
        name = case.name.replace("/", "-")
        prompt, answers = options.folder / f"{name}.prompt.md", sorted(options.folder.glob(f"{name}.answer*.md"))
        if options.check and answers:
            rows.append(_row(case, _healed(workshop, package, case, [file.read_text() for file in answers])))
            print(rows[-1], flush=True)
        elif not options.check and not prompt.exists():
            prompt.write_text(_run(workshop, package, case, "diagnose", "--prompt", "--no-bisect").stdout)
            print(prompt)
    if rows:
        repaired = [row for row in rows if "| fixed |" in row]
        print(f"\n{len(repaired)} of {len(rows)} repaired")


def _row(case: Case, result: dict[str, Any]) -> str:
    calls = len([each for each in result["attempts"] if each["engine"] == "anthropic"])
    tokens, dollars = result.get("tokens", {}).get("input", 0), result.get("cost_usd", 0.0)
    return f"| {case.name} | {result['outcome']} | {calls} | {tokens} | {dollars:.4f} |"


def _healed(workshop: Workshop, package: Package, case: Case, answers: list[str]) -> dict[str, Any]:
    with model_server(*(Says(answer) for answer in answers)) as server:
        told = _run(
            workshop, package, case, "run", "--format", "json", "--engine", "anthropic", "--deliver", "patch",
            "--setup", "none", "--rounds", str(len(answers)), address=server.url,
        )  # fmt: skip
    return dict(json.loads(told.stdout)) if told.stdout else {"outcome": "nothing told", "attempts": []}


def _run(
    workshop: Workshop, package: Package, case: Case, *arguments: str, address: str = "http://127.0.0.1:9"
) -> subprocess.CompletedProcess[str]:
    """Run self-heal on a case whose history is squashed."""
    with tempfile.TemporaryDirectory(prefix="repair-") as folder:
        tree = Path(folder).resolve() / package.name
        shutil.copytree(case.repository, tree, ignore=shutil.ignore_patterns(".git"))
        for words in (("init", "--quiet"), ("add", "--all", "--force"), (*_IDENTITY, "commit", "--quiet", "-m", "x")):
            subprocess.run(["git", *words], cwd=tree, check=True, capture_output=True)
        command = (str(workshop.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *package.tests)
        environment = {
            "PATH": os.environ["PATH"], "HOME": folder, "ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": address,
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "healer", *arguments, "--", *command], cwd=tree, timeout=_SECONDS, check=False,
            env={**environment, "PYTHONPATH": str(Path.cwd())}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
