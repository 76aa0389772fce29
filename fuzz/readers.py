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
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["healer"]):
    from healer.evidence.clusters import cluster
    from healer.evidence.frames import parse_frames
    from healer.evidence.limits import FRAMES, MESSAGE_CHARACTERS, NAME_CHARACTERS
    from healer.evidence.merging import merged
    from healer.evidence.readers import READERS, read_reports
    from healer.models.evidence import Failure, Report, ReportVerdict

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
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    _FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, file in enumerate(sorted(path for path in _GOLDEN.rglob("*") if path.is_file())):
            if file.stat().st_size <= _LONGEST_INPUT:
                (Path(corpus) / str(number)).write_bytes(file.read_bytes())
        libfuzzer = [
            sys.argv[0], corpus, f"-max_total_time={options.seconds}", f"-max_len={_LONGEST_INPUT}", "-timeout=10",
            "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={_FOUND}/{options.target}-",
        ]  # fmt: skip
        atheris.Setup(libfuzzer, targets[options.target])
        atheris.Fuzz()


def _targets() -> dict[str, Callable[[bytes], None]]:
    targets: dict[str, Callable[[bytes], None]] = {"any": _any, "frames": _frames}
    for reader in READERS:
        targets[reader.FORMAT] = lambda data, reader=reader: _keeps_promises((reader.read(_chunks(data), "input"),))
    return targets


def _any(data: bytes) -> None:
    _keeps_promises(read_reports(io.BytesIO(data), "input"))


def _frames(data: bytes) -> None:
    frames = parse_frames(data.decode("utf-8", "replace"))
    assert len(frames) <= FRAMES
    assert all(frame.line >= 0 and frame.file for frame in frames)


def _chunks(data: bytes):
    yield from (data[start : start + _SPLIT] for start in range(0, len(data), _SPLIT))


def _keeps_promises(reports: tuple[Report, ...]) -> None:
    """Check what every reader promises, whatever it was given."""
    for report in reports:
        tally = report.tally
        if report.failures or (tally and tally.failing):
            assert report.verdict is ReportVerdict.FAILED, "failing test cases and another verdict"
        if report.verdict is ReportVerdict.PASSED:
            assert tally is not None, "passed without a count"
        if report.verdict in {ReportVerdict.EMPTY, ReportVerdict.UNREADABLE}:
            assert report.reason, "no reason"
        for failure in report.failures:
            _is_presentable(failure)
    cluster(merged(reports).failures)


def _is_presentable(failure: Failure) -> None:
    assert failure.id, "no id"
    assert len(failure.message) <= MESSAGE_CHARACTERS + 1, "a message beyond its limit"
    assert len(failure.name) <= NAME_CHARACTERS, "a name beyond its limit"
    assert failure.line is None or failure.line > 0, "a line that does not exist"
    for text in (failure.id, failure.name, failure.suite, failure.message, failure.text, failure.type or ""):
        text.encode()
        assert "\0" not in text, "a NUL"
        assert "\x1b" not in text, "an escape sequence"


if __name__ == "__main__":
    main()
