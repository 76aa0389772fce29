"""Which Python versions a specifier admits, in every spelling that projects use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.setup.specifiers import SUPPORTED, admitted, newest_first


@pytest.mark.parametrize(
    ("specifier", "versions"),
    [
        ("", "8 9 10 11 12 13 14"),
        ("*", "8 9 10 11 12 13 14"),
        (">=3.11", "11 12 13 14"),
        (">=3.8.2", "8 9 10 11 12 13 14"),
        (">3.8", "9 10 11 12 13 14"),
        (">3.8.2", "8 9 10 11 12 13 14"),
        (">=3.9,<3.12", "9 10 11"),
        (">=3.9, <4", "9 10 11 12 13 14"),
        ("<=3.10", "8 9 10"),
        ("==3.10.*", "10"),
        ("3.11.*", "11"),
        ("3.12", "12"),
        ("==3.9.7", "9"),
        ("!=3.9.*,>=3.8", "8 10 11 12 13 14"),
        ("!=3.9.1", "8 9 10 11 12 13 14"),
        ("^3.9", "9 10 11 12 13 14"),
        ("^3.9.2", "9 10 11 12 13 14"),
        ("~3.10", "10"),
        ("~=3.9", "9 10 11 12 13 14"),
        ("~=3.9.1", "9"),
        ("^3.8 || ^3.12", "8 9 10 11 12 13 14"),
        ("3.8.* || 3.10.*", "8 10"),
        (">=2.7, !=3.0.*, !=3.1.*", "8 9 10 11 12 13 14"),
        (">=3.99", ""),
        ("<3", ""),
        ("whatever you like", "8 9 10 11 12 13 14"),
    ],
)
def test_a_specifier_admits(specifier: str, versions: str) -> None:
    assert admitted(specifier) == tuple(f"3.{minor}" for minor in versions.split())


@given(st.text(alphabet="0123456789.<>=!~^,|* x", max_size=60) | st.text(max_size=60))
def test_whatever_is_written_admits_some_of_what_is_supported(specifier: str) -> None:
    assert set(admitted(specifier)) <= set(SUPPORTED)


def test_newer_is_told_by_number() -> None:
    assert newest_first(("3.9", "3.10", "3.8")) == ("3.10", "3.9", "3.8")
