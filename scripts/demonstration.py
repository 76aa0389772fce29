"""Break a real package with an ordinary-looking commit, then let self-heal repair it; exit 0 only if it did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "demo"
LOCK = ROOT / "requirements" / "demo.txt"
SELF_HEAL = (sys.executable, "-m", "healer")
PACKAGE = "boltons"
MODULE = "boltons/iterutils.py"
GOOD = """\
        if initial_chunk_len != overlap_size:
            yield (input_offset, min(input_offset + initial_chunk_len, input_stop))
            if input_offset + initial_chunk_len >= input_stop:
                return
            input_offset = input_offset + initial_chunk_len - overlap_size
"""
BROKEN = """\
        if initial_chunk_len != overlap_size:
            # The first chunk ends where the grid of aligned chunks begins.
            yield (input_offset, min(input_offset + chunk_size, input_stop))
            if input_offset + initial_chunk_len >= input_stop:
                return
            input_offset = input_offset + initial_chunk_len - overlap_size
"""
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A. Developer"), ("EMAIL", "developer@example.com"), ("DATE", "2026-01-05T12:00:00Z"))
}


def main() -> int:
    """Run the demonstration."""
    project = unpack(fetch())
    say(f"a green history, then a commit with a regression, in {project.relative_to(ROOT)}")
    lay_history(project)
    show(project, "git", "log", "--oneline")
    show(project, "git", "show", "--format=%n%h %s", "HEAD~1")
    report = test(project)
    say("self-heal report: what the run's own report says")
    subprocess.run([*SELF_HEAL, "report", str(report)], check=True, env=environment())
    say("self-heal run --report …: reproduce, localize, propose, verify, deliver (no key, no network)")
    result = heal(project, report)
    say("what it delivered, on a branch of its own; the working tree is as it was")
    show(project, "git", "log", "--oneline", "--all", "--graph")
    show(project, "git", "status", "--short", "--branch")
    return verdict(project, result)


def say(text: str) -> None:
    """Print a heading."""
    print(f"\n== {text}", flush=True)


def show(project: Path, *command: str) -> None:
    """Run a command for its output."""
    subprocess.run(command, cwd=project, check=True, env=environment())


def environment() -> dict[str, str]:
    """Return an environment in which git asks and configures nothing, with our Python first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_PAGER": "cat"}
    return {**os.environ, **IDENTITY, **quiet, "PATH": path}


def fetch() -> Path:
    """Return the pinned source distribution, from the cache or from the package index."""
    CACHE.mkdir(parents=True, exist_ok=True)
    known = sorted(CACHE.glob(f"{PACKAGE}-*.tar.gz"))
    if not known:
        say(f"fetching {PACKAGE}'s source distribution")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
        options = ["--require-hashes", "--no-deps", "--no-binary", ":all:", "--dest", str(CACHE)]
        subprocess.run([*pip, *options, "--requirement", str(LOCK)], check=True)
        known = sorted(CACHE.glob(f"{PACKAGE}-*.tar.gz"))
    return known[0]


def unpack(archive: Path) -> Path:
    """Lay the package out afresh."""
    project = CACHE / PACKAGE
    shutil.rmtree(project, ignore_errors=True)
    with tarfile.open(archive) as files:
        files.extractall(CACHE, filter="data")
    (CACHE / archive.name.removesuffix(".tar.gz")).rename(project)
    return project


def lay_history(project: Path) -> None:
    """Commit the package as it came, then an innocent change, the regression, and another innocent change."""
    show(project, "git", "init", "--quiet", "--initial-branch=main")
    commit(project, "Import boltons 26.2.0")
    notes = project / "NOTES.md"
    notes.write_text("# Notes\n\nRun the tests with pytest.\n", encoding="utf-8")
    commit(project, "Add notes for contributors")
    module = project / MODULE
    source = module.read_text(encoding="utf-8")
    if source.count(GOOD) != 1:
        raise SystemExit(f"demo: {MODULE} is not what it was pinned to be")
    module.write_text(source.replace(GOOD, BROKEN), encoding="utf-8")
    commit(project, "Explain how aligned chunks begin")
    notes.write_text(notes.read_text(encoding="utf-8") + "\nKeep it pure Python.\n", encoding="utf-8")
    commit(project, "Say more in the notes")


def commit(project: Path, subject: str) -> None:
    """Commit everything."""
    show(project, "git", "add", "--all", "--force")
    show(project, "git", "commit", "--quiet", f"--message={subject}")


def test(project: Path) -> Path:
    """Run the package's own suite as CI would, and return its report."""
    say("the package's own tests")
    report = CACHE / "report.xml"
    options = ["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:randomly", f"--junit-xml={report}"]
    quiet = {**environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-m", "pytest", *options], cwd=project, check=False, env=quiet)
    return report


def heal(project: Path, report: Path) -> dict[str, object]:
    """Run self-heal with its embedded engine, showing what happens as it happens, and return its result."""
    options = ["--engine=embedded", f"--report={report}", "--format=json"]
    command = [*SELF_HEAL, "run", *options, "--", "python", "-m", "pytest", "-q"]
    done = subprocess.run(command, cwd=project, env=environment(), stdout=subprocess.PIPE, text=True, check=False)
    result: dict[str, object] = json.loads(done.stdout)
    return result


def verdict(project: Path, result: dict[str, object]) -> int:
    """Say how it ended, and hold the repair against the code before the regression."""
    print(f"\n{result['patch'] or ''}\n{result['outcome']}: {result['sentence']}", flush=True)
    if result["outcome"] != "fixed":
        return 1
    shown = subprocess.run(
        ["git", "show", f"{result['branch']}:{MODULE}"],
        cwd=project, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = "min(input_offset + initial_chunk_len, input_stop)"
    if line not in shown.stdout:
        print("demo: the repair passes the suite, but it is not the code from before the regression")
        return 1
    print(f"Look at it:  git -C {project.relative_to(ROOT)} show {result['branch']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
