"""One target under libFuzzer, in a process that it ends: for a time at random, or so many runs, each time the same."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import atheris

from fuzz.mutation import mutate
from fuzz.seeds import LONGEST_INPUT, ROOT, dictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzz.seeds import Target

FOUND = ROOT / "fuzz" / "found"
_SLOW_SECONDS = 10
_STUCK_SECONDS = 120
_MEMORY_MB = 2048


def fuzz(
    name: str,
    target: Target,
    *,
    folders: list[Path],
    seconds: int = 0,
    mutations: int = 0,
    corpus: Path | None = None,
) -> NoReturn:
    """Run a target with its seeds and with inputs made of them until something is found; with `seconds`, so long.

    `folders` hold further seeds. Without `seconds`, so many inputs are made, and the same ones each time, if Python's
    hashes are (PYTHONHASHSEED). `corpus` is a folder to begin from and to keep what reaches new code in.
    """
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        files = []
        wanted = list(target.seeds(folders))
        for number, seed in enumerate(wanted):
            files.append(Path(place, f"{number:06}"))
            files[-1].write_bytes(seed)
        listed, words = Path(place, "seeds"), Path(place, "words.dict")
        listed.write_text(",".join(map(str, files)))  # a folder's order would be the file system's
        words.write_text(dictionary(wanted, target.words), "ascii")
        if corpus:
            corpus.mkdir(parents=True, exist_ok=True)
        libfuzzer = [
            *(sys.argv[0], *([str(corpus)] if corpus else [])),
            *([f"-seed_inputs=@{listed}"] if files else []),
            *(
                [f"-max_total_time={seconds}"]
                if seconds
                else ["-seed=1", "-use_cmp=0", "-use_counters=0", f"-runs={len(wanted) + mutations}"]
            ),
            *("-len_control=0", f"-max_len={LONGEST_INPUT}", "-reload=0", f"-dict={words}", "-print_final_stats=1"),
            *(f"-timeout={_STUCK_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}", f"-artifact_prefix={FOUND}/{name}-"),
        ]
        atheris.Setup(libfuzzer, _watched(target.run), custom_mutator=mutate)
        atheris.Fuzz()
    sys.exit(0)


def _watched(run: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Return the same, but for an error where it takes long by the processor's clock; a busy machine is no finding."""

    def once(data: bytes) -> None:
        begin = time.process_time()
        run(data)
        if time.process_time() - begin > _SLOW_SECONDS:
            raise AssertionError(f"it takes more than {_SLOW_SECONDS} seconds")

    return once
