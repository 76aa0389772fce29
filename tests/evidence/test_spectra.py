"""Spectra as they are read: added up over processes, and refused whole when they cannot be true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence import spectra
from healer.evidence.spectra import parse_spectra
from healer.models.spectra import Hits


def document(**changed: Any) -> bytes:
    files = {"m.py": [[1, 2, 1], [4, 0, 0]]}
    said = {"core": "monitoring", "passed": 3, "failed": ["a::b"], "groups": [[], [0]], "files": files}
    return json.dumps({**said, **changed}).encode()


def test_processes_add_up() -> None:
    files = {"m.py": [[1, 1, 0]], "n.py": [[2, 0, 1]]}
    other = document(passed=1, failed=["c::d", "e::f"], groups=[[1], [0]], files=files)
    found = parse_spectra([document(), other])
    assert found is not None
    assert (found.passed, found.failed) == (4, ("a::b", "c::d", "e::f"))
    assert found.lines == {"m.py": {1: Hits(3, (0, 2)), 4: Hits(0, ())}, "n.py": {2: Hits(0, (1,))}}


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"[]", b"{}", b"\xff", b"[" * 100_000,
        document(passed=-1), document(passed=True), document(passed="3"), document(failed=[1]), document(failed=None),
        document(files=[]), document(files={"m.py": [[1, 2]]}), document(files={"m.py": [[1, 2, 2]]}),
        document(files={"m.py": [[-1, 2, 0]]}), document(files={"m.py": [[1, 2.5, 0]]}), document(files={"m.py": 7}),
        document(files={"m.py": [[1, 2, -1]]}), document(groups=[[], [1]]), document(groups=[[], [-1]]),
        document(groups=7), document(groups=[[], ["0"]]),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_no_spectrum_at_all(wrong: bytes) -> None:
    assert parse_spectra([document(), wrong]) is None


def test_more_than_is_bearable_is_no_spectrum_at_all() -> None:
    few = [[line, 0, 1] for line in range(1000)]
    assert parse_spectra([document(files={"m.py": few})]) is not None
    many = {f"m{number}.py": few for number in range(spectra.MOST_LINES // 1000 + 1)}
    assert parse_spectra([document(files=many)]) is None
    groups = [[0] * 100_000] * (spectra.MOST_MEMBERS // 100_000 + 1)
    assert parse_spectra([document(groups=groups)]) is None


def test_nothing_is_nothing() -> None:
    assert parse_spectra([]) is None
    assert parse_spectra([document(files={})]) is None


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    parse_spectra([data])
