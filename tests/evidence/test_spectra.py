"""Spectra as they are read: added up over processes, and refused whole when they cannot be true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.spectra import parse_spectra
from healer.models.spectra import Hits


def document(**changed: Any) -> bytes:
    said = {"core": "monitoring", "passed": 3, "failed": ["a::b"], "files": {"m.py": [[1, 2, [0]], [4, 0, []]]}}
    return json.dumps({**said, **changed}).encode()


def test_processes_add_up() -> None:
    other = document(passed=1, failed=["c::d", "e::f"], files={"m.py": [[1, 1, [1]]], "n.py": [[2, 0, [0]]]})
    found = parse_spectra([document(), other])
    assert found is not None
    assert (found.passed, found.failed) == (4, ("a::b", "c::d", "e::f"))
    assert found.lines == {"m.py": {1: Hits(3, (0, 2)), 4: Hits(0, ())}, "n.py": {2: Hits(0, (1,))}}


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"[]", b"{}", b"\xff", b"[" * 100_000,
        document(passed=-1), document(passed=True), document(passed="3"), document(failed=[1]), document(failed=None),
        document(files=[]), document(files={"m.py": [[1, 2]]}), document(files={"m.py": [[1, 2, [1]]]}),
        document(files={"m.py": [[-1, 2, []]]}), document(files={"m.py": [[1, 2.5, []]]}), document(files={"m.py": 7}),
        document(files={"m.py": [[1, 2, [-1]]]}),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_no_spectrum_at_all(wrong: bytes) -> None:
    assert parse_spectra([document(), wrong]) is None


def test_nothing_is_nothing() -> None:
    assert parse_spectra([]) is None
    assert parse_spectra([document(files={})]) is None


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    parse_spectra([data])
