"""Reports and logs of red runs that break off: what was not seen to the end never passed."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from healer.evidence.readers import read_reports
from healer.models.evidence import ReportVerdict

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
CUTS = 4
LARGEST = 100_000
ENDS_GREEN = re.compile(
    r"\n {2}\d+ passing \(\d+m?s\)\n?(?: {2}\d+ pending\n?)?(?: {2}\d+( failin?)?)?\Z"  # mocha counts what failed last
    r"|\n\d+ examples?, 0 failures,?\Z"  # RSpec counts errors outside of examples last
)


def red_files() -> list[Path]:
    return [
        manifest.parent / entry["file"]
        for manifest in sorted(GOLDEN.glob("*/truth.json"))
        for entry in json.loads(manifest.read_text())
        if entry["verdict"] == "failed"
    ]


def is_green(data: bytes) -> bool:
    return {report.verdict for report in read_reports(io.BytesIO(data), "x")} == {ReportVerdict.PASSED}


def ends_green(data: bytes) -> bool:
    """Whether the last that is left are a tool's counts without those that would tell that it failed."""
    return bool(ENDS_GREEN.search(re.sub(r"\x1b\[[\d;]*m", "", data.decode("utf-8", "replace"))))


@pytest.mark.parametrize("file", red_files(), ids=lambda file: str(file.relative_to(GOLDEN)))
def test_a_red_run_that_breaks_off_is_not_green(file: Path) -> None:
    data = file.read_bytes()[:LARGEST]
    ends = [match.end() for match in re.finditer(rb"\n", data[-2_000:-1])]
    places = {len(data) * part // CUTS for part in range(1, CUTS)}
    places |= {max(0, len(data) - 2_000) + end for end in ends[-CUTS:]}
    assert [place for place in sorted(places) if is_green(data[:place]) and not ends_green(data[:place])] == []
