"""One target: under libFuzzer for a time, guided by coverage and by chance, or with the same inputs each time."""

from __future__ import annotations

import faulthandler
import hashlib
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import atheris

from fuzz.mutation import changed, mutate
from fuzz.seeds import LONGEST_INPUT, ROOT, as_libfuzzer_reads, dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzz.seeds import Target

FOUND = ROOT / "fuzz" / "found"
_SLOW_SECONDS = 10
_STUCK_SECONDS = 120
_MEMORY_MB = 2048


def fuzz(name: str, target: Target, folders: Sequence[Path], seconds: int, corpus: Path | None) -> NoReturn:
    """Run a target for a time with its seeds and what libFuzzer makes of them; end the process.

    `folders` hold further seeds; `corpus` is a folder to begin from and to keep what reaches new code in.
    """
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        corpus = corpus or Path(place, "corpus")
        begin, words = Path(place, "seeds"), Path(place, "words.dict")
        corpus.mkdir(parents=True, exist_ok=True)
        begin.mkdir()
        wanted = list(target.seeds(folders))
        for number, seed in enumerate(wanted):
            Path(begin, str(number)).write_bytes(seed)
        words.write_text(as_libfuzzer_reads(dictionary(wanted, target.words)), "ascii")
        libfuzzer = [
            *(sys.argv[0], str(corpus), str(begin), f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}"),
            *(f"-timeout={_STUCK_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}", "-print_final_stats=1", f"-dict={words}"),
            *(f"-artifact_prefix={FOUND}/{name}-", "-len_control=0"),
        ]
        atheris.Setup(libfuzzer, _watched(target.run), custom_mutator=mutate)
        atheris.Fuzz()
    sys.exit(0)


def repeat(name: str, target: Target, folders: Sequence[Path], mutations: int) -> None:
    """Run a target with its seeds and with so many inputs made of them, the same ones each time.

    libFuzzer cannot promise that: what it does next depends on addresses and hashes too. The answer is in the form of
    its statistics. Raises the first finding.
    """
    faulthandler.enable()
    wanted = list(target.seeds(folders))
    words = dictionary(wanted, target.words)
    dice = random.Random(name)  # noqa: S311 - fuzzing needs no secrecy
    run = _watched(target.run)
    begin = time.process_time()
    for number in range(len(wanted) + mutations):
        data = wanted[number] if number < len(wanted) else changed(dice.choice(wanted), LONGEST_INPUT, dice, words)
        faulthandler.dump_traceback_later(_STUCK_SECONDS, exit=True)
        try:
            run(data)
        except BaseException:
            FOUND.mkdir(exist_ok=True)
            Path(FOUND, f"{name}-{hashlib.sha256(data).hexdigest()[:16]}").write_bytes(data)
            raise
        finally:
            faulthandler.cancel_dump_traceback_later()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    count = len(wanted) + mutations
    print(f"stat::number_of_executed_units: {count}")
    print(f"stat::average_exec_per_sec: {count / (time.process_time() - begin):.0f}")
    print(f"stat::peak_rss_mb: {peak}")


def _watched(run: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Return the same, but for an error where it takes long by the processor's clock; a busy machine is no finding."""

    def once(data: bytes) -> None:
        begin = time.process_time()
        run(data)
        if time.process_time() - begin > _SLOW_SECONDS:
            raise AssertionError(f"it takes more than {_SLOW_SECONDS} seconds")

    return once
