"""Coverage-guided fuzzing of everything that reads evidence: `python -m fuzz.readers TARGET --seconds 60`.

A target is a report format, `log`, `any` (the format is told by content, zips included) or `frames`. What real tools
wrote (tests/data/golden) is where it starts from. It ends with the first input that raises, hangs or breaks a promise
that every report keeps, and leaves that input in `fuzz/found/`.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["healer"]):
    from healer.evidence.clusters import cluster
    from healer.evidence.frames import parse_frames
    from healer.evidence.limits import FRAMES, MESSAGE_CHARACTERS, NAME_CHARACTERS
    from healer.evidence.merging import merged
    from healer.evidence.readers import READERS, read_reports
    from healer.evidence.sniffing import head_of
    from healer.models.evidence import Failure, Report, ReportVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from healer.evidence.readers import ReportReader

_ROOT = Path(__file__).parents[1]
_GOLDEN = _ROOT / "tests" / "data" / "golden"
_FOUND = _ROOT / "fuzz" / "found"
_SPLIT = 1_000
_LONGEST_INPUT = 64 * 1024


def main() -> None:
    """Fuzz one target for a time."""
    targets = _targets()
    parser = argparse.ArgumentParser(description="Fuzz the readers of evidence.")
    parser.add_argument("target", choices=sorted(targets))
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    _FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        run, wants = targets[options.target]
        for number, seed in enumerate(_seeds()):
            if wants(seed):
                (Path(corpus) / str(number)).write_bytes(seed)
        libfuzzer = [
            sys.argv[0], corpus, f"-max_total_time={options.seconds}", f"-max_len={_LONGEST_INPUT}", "-timeout=10",
            "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={_FOUND}/{options.target}-",
        ]  # fmt: skip
        atheris.Setup(libfuzzer, run)
        atheris.Fuzz()


def _seeds() -> Iterator[bytes]:
    for file in sorted(_GOLDEN.rglob("*")):
        if file.is_file() and file.stat().st_size <= _LONGEST_INPUT:
            yield file.read_bytes()


def _targets() -> dict[str, tuple[Callable[[bytes], None], Callable[[bytes], bool]]]:
    """Return what to run with an input, and which inputs to begin with."""

    def target(reader: ReportReader) -> tuple[Callable[[bytes], None], Callable[[bytes], bool]]:
        return (
            lambda data: _keeps_promises((reader.read(_chunks(data), "input"),)),
            lambda seed: reader.recognises(head_of(seed)),
        )

    everything = {"any": (_any, lambda _: True), "frames": (_frames, lambda _: True)}
    return everything | {reader.FORMAT: target(reader) for reader in READERS}


def _any(data: bytes) -> None:
    _keeps_promises(read_reports(io.BytesIO(data), "input"))


def _frames(data: bytes) -> None:
    frames = parse_frames(data.decode("utf-8", "replace"))
    _check(len(frames) <= FRAMES, "more frames than the limit")
    _check(all(frame.line >= 0 and frame.file for frame in frames), "a frame without a place")


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _SPLIT] for start in range(0, len(data), _SPLIT))


def _check(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise AssertionError(otherwise)


def _keeps_promises(reports: tuple[Report, ...]) -> None:
    """Check what every reader promises, whatever it was given."""
    for report in reports:
        tally = report.tally
        if report.failures:
            _check(report.verdict is ReportVerdict.FAILED, "failing test cases and another verdict")
        if report.verdict is ReportVerdict.PASSED:
            _check(tally is not None and tally.failing <= len(report.flaky), "failing test cases, and passed")
        if report.verdict in {ReportVerdict.EMPTY, ReportVerdict.UNREADABLE}:
            _check(report.reason, "no reason")
        for failure in report.failures:
            _is_presentable(failure)
    cluster(merged(reports).failures)


def _is_presentable(failure: Failure) -> None:
    _check(failure.id, "no id")
    _check(len(failure.message) <= MESSAGE_CHARACTERS + 1, "a message beyond its limit")
    _check(len(failure.name) <= NAME_CHARACTERS, "a name beyond its limit")
    _check(failure.line is None or failure.line > 0, "a line that does not exist")
    for text in (failure.id, failure.name, failure.suite, failure.message, failure.text, failure.type or ""):
        text.encode()
        _check("\0" not in text, "a NUL")
        _check("\x1b" not in text, "an escape sequence")


if __name__ == "__main__":
    main()
