"""Coverage-guided fuzzing of everything that reads evidence: `python -m fuzz.readers TARGET --seconds 60`.

A target is a report format, `log`, `any` (the format is told by content), `zip`, `frames` and others (targets.py), or
`all` of them, one after the other. What real tools wrote (tests/data/golden) is where it starts. A target ends with
the first input that raises, takes long or breaks a promise that every report keeps (promises.py), and leaves that input
in `fuzz/found/`; `python -m fuzz.readers TARGET FILE` runs a target with it again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

from fuzz.mutation import mutate
from fuzz.seeds import LONGEST_INPUT, ROOT, dictionary, seeds
from fuzz.targets import targets

_FOUND = ROOT / "fuzz" / "found"
_SLOW_SECONDS = 10
_MEMORY_MB = 2048
_STATISTIC = re.compile(r"stat::(\w+): +(\d+)")
_COLUMNS = ("number_of_executed_units", "average_exec_per_sec", "peak_rss_mb")


def main() -> int:
    """Fuzz for a time; the exit code is not 0 when something was found."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of evidence.")
    parser.add_argument("target", choices=["all", *sorted(targets())])
    parser.add_argument("file", nargs="?", type=Path, help="run the target once, with this file")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--corpus", type=Path, help="a folder to begin from and to keep what reaches new code in")
    parser.add_argument(
        "--seeds", type=Path, action="append", default=[], help="a folder of further files to begin from"
    )
    options = parser.parse_args()
    if options.target == "all":
        return _all(options)
    target = targets()[options.target]
    if options.file:
        target.run(options.file.read_bytes())
        return 0
    _fuzz(options)
    return 0


def _all(options: argparse.Namespace) -> int:
    """Fuzz each target in a process of its own, since the first finding ends it, and print a table of all."""
    rows = [("target", "executions", "executions/s", "peak RSS MB", "finding")]
    for name in targets():
        command = [sys.executable, "-m", "fuzz.readers", name, "--seconds", str(options.seconds)]
        command += [argument for folder in options.seeds for argument in ("--seeds", str(folder))]
        command += ["--corpus", str(options.corpus / name)] if options.corpus else []
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        statistics = dict(_STATISTIC.findall(ended.stderr))
        numbers = [statistics.get(column, "?") for column in _COLUMNS]
        rows.append((name, *numbers, _finding(ended) if ended.returncode else "-"))
        print("  ".join(cell.rjust(12) for cell in rows[-1]), file=sys.stderr, flush=True)
        if ended.returncode:
            print(ended.stdout[-4_000:], ended.stderr[-8_000:], sep="\n", file=sys.stderr, flush=True)
    print("\n".join("| " + " | ".join(row) + " |" for row in (rows[0], ("---",) * len(rows[0]), *rows[1:])))
    return int(any(row[-1] != "-" for row in rows[1:]))


def _finding(ended: subprocess.CompletedProcess[str]) -> str:
    """Say in a few words how a target ended."""
    said = re.findall(
        r"^(?:\w+\.)*\w*(?:Error|Exception)\b.*|ERROR: libFuzzer: .*", ended.stdout + ended.stderr, re.MULTILINE
    )
    return (said[0] if said else f"exit code {ended.returncode}")[:120].replace("|", "¦")


def _fuzz(options: argparse.Namespace) -> None:
    _FOUND.mkdir(exist_ok=True)
    target = targets()[options.target]
    with tempfile.TemporaryDirectory() as place:
        corpus = options.corpus or Path(place) / "corpus"
        begin = Path(place) / "seeds"
        corpus.mkdir(parents=True, exist_ok=True)
        begin.mkdir()
        wanted = [seed for seed in seeds(options.seeds) if target.wants(seed)]
        for number, seed in enumerate(wanted):
            (begin / str(number)).write_bytes(seed)
        words = Path(place) / "words.dict"
        words.write_text(dictionary(wanted), "ascii")
        libfuzzer = [
            sys.argv[0], str(corpus), str(begin), f"-max_total_time={options.seconds}", f"-max_len={LONGEST_INPUT}",
            f"-timeout={_SLOW_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}", "-print_final_stats=1", f"-dict={words}",
            f"-artifact_prefix={_FOUND}/{options.target}-", "-len_control=0",
        ]  # fmt: skip
        atheris.Setup(libfuzzer, target.run, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
