from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healer.evidence.logs import condensing
from healer.evidence.logs.condensing import blocks_of, condensed

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = "".join(f"downloading layer {number} {'.' * 60}\n" for number in range(500))
NOISY = "".join(f"ERROR: retry {number} {'.' * 60}\n" for number in range(500))
LIMIT = 512 * 1024
TIMES = 40
FAILURE = "=== FAILURES ===\n___ test_a ___\nE   assert 0\n=== 1 failed in 0.1s ===\n"


def log(noise: str, *, failing: int) -> Iterator[str]:
    """Yield noise with a failure before its block of that number."""
    for number in range(TIMES):
        if number == failing:
            yield FAILURE
        yield noise


def test_a_log_that_fits_is_kept_whole() -> None:
    assert condensed(iter([QUIET, FAILURE, QUIET])) == condensing.Condensed(QUIET + FAILURE + QUIET, 0)


@pytest.mark.parametrize("noise", [QUIET, NOISY], ids=["quiet", "noisy"])
@pytest.mark.parametrize("place", ["first", "early", "middle", "late", "last"])
def test_a_failure_is_kept_wherever_it_stands(noise: str, place: str) -> None:
    failing = {"first": 0, "early": 1, "middle": TIMES // 2, "late": TIMES - 2, "last": TIMES - 1}[place]
    found = condensed(log(noise, failing=failing), LIMIT)
    assert FAILURE in found.text
    assert len(found.text) < LIMIT
    shown = sum(not line.startswith("[\u2026") for line in found.text.split("\n")[:-1])
    assert shown + found.lines_left_out == 500 * TIMES + 4


def test_lines_before_and_after_a_failure_are_kept_in_order() -> None:
    text = condensed(log(QUIET, failing=TIMES // 2), LIMIT).text
    before, _, after = text.partition(FAILURE)
    assert [line.split()[2] for line in before.splitlines()[-3:]] == ["497", "498", "499"]
    assert [line.split()[2] for line in after.splitlines()[:3]] == ["0", "1", "2"]


def test_the_first_and_the_last_lines_are_kept() -> None:
    text = condensed(iter(["begins\n", *[QUIET] * TIMES, "ends\n"]), LIMIT).text
    assert text.startswith("begins\n")
    assert text.endswith("ends\n")


def test_lines_of_a_long_log_are_cut() -> None:
    text = condensed(iter([*[QUIET] * TIMES, "error " + "x" * 1_000_000 + "\n", QUIET]), LIMIT).text
    assert max(map(len, text.split("\n"))) < 10_000


def test_of_wide_characters_fewer_are_kept() -> None:
    wide = QUIET.replace("layer", "\N{GRINNING FACE}")
    assert condensed(iter([wide] * (LIMIT // len(wide) // 3)), LIMIT).lines_left_out > 0


def test_each_sign_has_something_in_common_with_others() -> None:
    signs = {word for ranked in condensing._SIGNS.values() for _, word in ranked}  # noqa: SLF001 - a table of its own
    expected = {*condensing._RED, *condensing._RESULTS, *condensing._PROGRAMS, *condensing._ANYTHING}  # noqa: SLF001 - as above
    assert signs == expected


@given(st.text(alphabet="ab\n", max_size=60))
def test_blocks_are_the_text_in_whole_lines(text: str) -> None:
    assert "".join(blocks_of(text)) == (text if text.endswith("\n") or not text else f"{text}\n")


@settings(max_examples=20)
@given(
    st.lists(
        st.sampled_from(["error\n", "ok\n", "=== FAILURES ===\n", "\n", "##[error]x\n" + "ok\n" * 300]), max_size=30
    )
)
def test_no_mixture_loses_count_of_lines(pieces: list[str]) -> None:
    windows = condensing._Windows(2_000)  # noqa: SLF001 - a small one, where a whole log would be slow
    for piece in pieces:
        windows.add(piece)
    found = windows.result()
    shown = sum(not line.startswith("[\u2026") for line in found.text.split("\n")[:-1])
    assert shown + found.lines_left_out == "".join(pieces).count("\n")
