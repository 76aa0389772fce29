"""What is fuzzed: each report format, logs, whole files and archives, and what later stages make of failures."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from typing import TYPE_CHECKING

import atheris

from fuzz.seeds import Target

with atheris.instrument_imports(include=["healer"]):
    from fuzz.promises import are_bounded, check, holds_each_once, is_fit, is_presentable, keep_promises
    from healer.evidence.clusters import cluster
    from healer.evidence.exceptions import described
    from healer.evidence.failures import failure_of
    from healer.evidence.formats import junit, log
    from healer.evidence.frames import parse_frames
    from healer.evidence.identity import node_id
    from healer.evidence.limits import MESSAGE_CHARACTERS
    from healer.evidence.logs.console import printed_tally, read_output
    from healer.evidence.paths import RepositoryPaths
    from healer.evidence.readers import READERS, read_report, read_reports
    from healer.evidence.record import parse_record
    from healer.evidence.sniffing import head_of
    from healer.models.evidence import CaseOutcome, ReportVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.evidence.readers import ReportReader
    from healer.models.evidence import Report

_SPLIT = 1_000
_HEAD = 4_096
"""The first chunk is never shorter where more follows: the format was told from it."""

_TOLD_BY_HEAD = frozenset({"compiler_json"})
"""Formats of several dialects, told apart by the first chunk, which is longer in life."""

_PATHS = (
    *("src/calc/core.py", "src/calc/__init__.py", "tests/unit/test_core.py", "conftest.py", "test_root.py"),
    *("lib/calc.js", "spec/calc_spec.rb", "src/main/java/org/acme/Calc.java", "src/test/java/org/acme/CalcTest.java"),
    *("calc.go", "internal/calc.go", "crates/one/src/lib.rs", "crates/two/src/lib.rs", "Überprüfung/a b.py", "a/b/a/b"),
)
_REPOSITORY = RepositoryPaths(_PATHS)


def targets() -> dict[str, Target]:
    """Return all targets by name."""
    formats = {reader.FORMAT: _of_format(reader) for reader in READERS}
    formats["junit"] = Target(_junit, formats["junit"].wants)
    others = {
        "log": Target(_log, _is_log),
        "any": Target(_any, lambda _: True),
        "zip": Target(_zip, lambda seed: len(seed) <= _HEAD),
        "output": Target(_output, _is_log),
        "frames": Target(_frames, lambda _: True),
        "exceptions": Target(_exceptions, lambda _: True),
        "paths": Target(_paths, lambda seed: len(seed) <= _HEAD),
        "clusters": Target(_clusters, lambda seed: len(seed) <= _HEAD),
        "record": Target(_record, lambda seed: seed.lstrip().startswith(b"{")),
    }
    return formats | others


def _of_format(reader: ReportReader) -> Target:
    return Target(lambda data: _read_by(reader, data), lambda seed: reader.recognises(head_of(seed)))


def _read_by(reader: ReportReader, data: bytes) -> Report:
    """Read in one piece and in many, which must not matter."""
    reader.recognises(head_of(data))
    whole = reader.read(iter([data] if data else []), "input")
    keep_promises((whole,))
    if reader.FORMAT not in _TOLD_BY_HEAD:
        _is_same(whole, reader.read(_chunks(data), "input"), "the report depends on where its bytes were cut")
    return whole


def _junit(data: bytes) -> None:
    """Read with and without a parser for what passed, which must not matter but where the parser refuses that."""
    skimmed = _read_by(junit, data)
    parsed = junit.read(iter([data] if data else []), "input", may_skim=False)
    if _is_broken(parsed):
        check(
            parsed.verdict is not ReportVerdict.FAILED or parsed.verdict is skimmed.verdict, "skimming hides failures"
        )
    else:
        _is_same(skimmed, parsed, "skimming changes the report")


def _log(data: bytes) -> None:
    log.recognises(head_of(data))
    whole = log.read(iter([data] if data else []), "input")
    keep_promises((whole,))
    _is_same(whole, log.read(_chunks(data), "input"), "the report depends on where its bytes were cut")


def _is_same(one: Report, other: Report, otherwise: str) -> None:
    """Check that two reports differ in nothing but their warnings.

    Where reading was resumed after broken XML, how much was lost may depend on how much of it was at hand.
    """
    if _is_broken(one) or _is_broken(other):
        passed = {report.verdict is ReportVerdict.PASSED for report in (one, other)}
        check(len(passed) == 1, otherwise)
        return
    fields = [field.name for field in dataclasses.fields(one) if field.compare and field.name != "warnings"]
    differing = [name for name in fields if getattr(one, name) != getattr(other, name)]
    told = [f"{name}: {str(getattr(one, name))[:300]} / {str(getattr(other, name))[:300]}" for name in differing]
    check(not told, f"{otherwise}: {'; '.join(told)}")


def _is_broken(report: Report) -> bool:
    return any("not well-formed" in sentence for sentence in (report.reason or "", *report.warnings))


def _is_log(seed: bytes) -> bool:
    return not any(reader.recognises(head_of(seed)) for reader in READERS)


def _any(data: bytes) -> None:
    keep_promises(read_reports(io.BytesIO(data), "input"))


def _zip(data: bytes) -> None:
    """Read an archive of pieces of the input, whose own bytes are partly replaced by it."""
    given = atheris.FuzzedDataProvider(data)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for _ in range(given.ConsumeIntInRange(0, 5)):
            entry = zipfile.ZipInfo(
                given.PickValueInList(["0_a.txt", "a/1_b.txt", "a/system.txt", "../a", "b.xml", ""])
            )
            entry.filename += given.ConsumeUnicodeNoSurrogates(given.ConsumeIntInRange(0, 4))
            entry.compress_type = given.PickValueInList([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            entry.external_attr = given.ConsumeIntInRange(0, 2**32 - 1)
            archive.writestr(entry, given.ConsumeBytes(given.ConsumeIntInRange(0, 2_000)))
    raw = bytearray(packed.getvalue())
    for _ in range(given.ConsumeIntInRange(0, 8)):
        raw[given.ConsumeIntInRange(4, len(raw) - 1)] = given.ConsumeIntInRange(0, 255)
    keep_promises(read_reports(io.BytesIO(bytes(raw)), "input"))
    keep_promises((read_report(io.BytesIO(bytes(raw)), "input"),))


def _output(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for failure in read_output(text):
        is_presentable(failure)
    tally = printed_tally(text)
    check(tally is None or min(tally.passed, tally.failed, tally.errors, tally.skipped) >= 0, "a count below nothing")


def _frames(data: bytes) -> None:
    are_bounded(parse_frames(failure_text(data)))


def failure_text(data: bytes) -> str:
    """Return the input as a failure's text, cleaned as readers do."""
    return failure_of(CaseOutcome.FAILED, name="test", text=data.decode("utf-8", "surrogateescape"), frames=()).text


def _exceptions(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    kind, message = given.ConsumeUnicode(given.ConsumeIntInRange(0, 60)), given.ConsumeUnicode(200)
    text = failure_text(given.ConsumeBytes(len(data)))
    exception, said = described(kind or None, message, text)
    is_fit((exception or "") + said)
    check(len(said) <= MESSAGE_CHARACTERS, "a message beyond its limit")
    exception, said = described(None, "", failure_text(data))
    is_fit((exception or "") + said)


def _paths(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    paths = [given.ConsumeUnicode(60) for _ in range(given.ConsumeIntInRange(0, 6))]
    repository = RepositoryPaths([*_PATHS, *paths]) if paths else _REPOSITORY
    suite, file = given.ConsumeUnicode(60), given.ConsumeUnicode(len(data))
    for one in (file, data.decode("utf-8", "replace")):
        found = repository.resolve(one, suite)
        check(found is None or found in _PATHS or found in paths, "a path that is not the repository's")


def _clusters(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    failures = []
    for _ in range(given.ConsumeIntInRange(0, 12)):
        failure = failure_of(
            given.PickValueInList([CaseOutcome.FAILED, CaseOutcome.ERROR]),
            name=given.ConsumeUnicode(20),
            suite=given.PickValueInList(["", "tests.unit.test_core", "org.acme.CalcTest"]),
            file=given.PickValueInList([None, *_PATHS]),
            line=given.ConsumeIntInRange(-1, 50),
            type_name=given.PickValueInList([None, "AssertionError", "KeyError", "panic"]),
            message=given.ConsumeUnicode(given.ConsumeIntInRange(0, 200)),
            text=given.ConsumeUnicode(given.ConsumeIntInRange(0, 400)),
        )
        is_presentable(failure)
        check(node_id(failure, _PATHS), "no node id")
        failures.append(failure)
    groups = cluster(failures, _REPOSITORY)
    holds_each_once(failures, groups)
    check(cluster(failures[::-1], _REPOSITORY) == groups, "the order of the failures changes their clusters")


def _record(data: bytes) -> None:
    for failure in parse_record(data).failures:
        for text in (failure.id, failure.name, failure.message, failure.text, failure.file or ""):
            text.encode()
        for frame in failure.frames:
            f"{frame.file}{frame.function}".encode()


def _chunks(data: bytes) -> Iterator[bytes]:
    if data:
        yield data[:_HEAD]
    for start in range(_HEAD, len(data), _SPLIT):
        yield data[start : start + _SPLIT]
