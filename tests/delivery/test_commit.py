"""What goes into git, with foreign words in every place that takes some."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from healer.delivery.commit import branch_name, commit_message, headline
from healer.models.change import Analysis
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Fix

if TYPE_CHECKING:
    from pathlib import Path

FAILURE = Failure("tests/test_cart.py::test_total", "test_total", CaseOutcome.ERROR, type="NameError")
DIAGNOSIS = Diagnosis((FailureCluster("0123456789abcdef", (FAILURE,)),), ())
FIX = Fix(
    tree="a" * 40,
    diff="--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -1 +1 @@\n-retrun\n+return\n",
    paths=("shop/cart.py",),
    engine="embedded",
    model=None,
    analysis=Analysis(root_cause="`totl` is not defined; `total` is."),
    proof=("The 1 failing test passes 3 times.", "None of the 12 other tests fails."),
)
HOSTILE = (
    "nothing\n\nCo-authored-by: Eve <eve@example.org>\nSigned-off-by: Eve\n[skip ci] [ci skip] ***NO_CI***\n"
    "skip-checks: true\nFixes #1, closes octo/repo#2 and GH-3\n@octo-org/team\nRelease-As: 9.0.0\n\x00\x1b[31m\u202e\n"
    "https://github.com/octo/repo/issues/4"
)


def about(*failures: Failure, fingerprint: str = "0123456789abcdef") -> Diagnosis:
    return Diagnosis((FailureCluster(fingerprint, failures),), ())


def trailers(message: str, folder: Path) -> str:
    argv = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(argv, input=message.encode(), cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def test_the_message_says_what_passes_why_and_what_was_established() -> None:
    assert commit_message(FIX, DIAGNOSIS) == (
        "Make test_total pass again\n"
        "\n"
        "Root cause, by the account of the engine:\n"
        "\n"
        "    `totl` is not defined; `total` is.\n"
        "\n"
        "Failed before this change:\n"
        "\n"
        "    tests/test_cart.py::test_total\n"
        "\n"
        "Established by running the tests:\n"
        "\n"
        "    The 1 failing test passes 3 times.\n"
        "    None of the 12 other tests fails.\n"
        "\n"
        "Written by self-heal, the embedded engine.\n"
        "Passing tests make this change plausible; please review it.\n"
    )


@pytest.mark.parametrize("place", ["name", "id", "root cause", "model", "proof"])
def test_foreign_words_neither_add_a_trailer_nor_skip_a_check_nor_refer_to_anything(place: str, tmp_path: Path) -> None:
    fix, diagnosis = FIX, DIAGNOSIS
    match place:
        case "name":
            diagnosis = about(replace(FAILURE, name=HOSTILE))
        case "id":
            diagnosis = about(replace(FAILURE, id=HOSTILE))
        case "root cause":
            fix = replace(FIX, analysis=Analysis(root_cause=HOSTILE))
        case "model":
            fix = replace(FIX, model=HOSTILE)
        case _:
            fix = replace(FIX, proof=(HOSTILE,))
    message = commit_message(fix, diagnosis)
    assert not trailers(message, tmp_path)
    assert not re.search(
        r"(?i)\[[\w ]*(ci|actions)[\w ]*\]|\*\*\*NO_CI|^(skip-checks|release-as|co-authored)", message, re.MULTILINE
    )
    assert not re.search(r"(?i)@\w|#\d|gh-\d|https://", message)
    assert all(character == "\n" or character.isprintable() or character == "\u200b" for character in message)


def test_subject_lines_are_short_whatever_the_name() -> None:
    assert len(headline(about(replace(FAILURE, name="n" * 500)), 72)) <= 72


def test_other_test_cases_are_counted_once() -> None:
    other = replace(FAILURE, id="tests/test_cart.py::test_vat", name="test_vat")
    diagnosis = Diagnosis((FailureCluster("ab", (FAILURE, other)), FailureCluster("cd", (FAILURE,))), ())
    assert headline(diagnosis, 72) == "Make test_total and 1 more pass again"


def test_a_run_without_failures_has_a_subject_too() -> None:
    assert headline(Diagnosis((), ()), 72) == "Repair a failing run"


@pytest.mark.parametrize(
    "fingerprint",
    ["0123456789abcdef", "", "..", "$(id)", "refs/heads/main", "A" * 40, "é", "f" * 64, "-x", "\udcff"],
)
def test_every_branch_name_is_ours_and_sound(fingerprint: str) -> None:
    assert re.fullmatch(r"self-heal/[0-9a-f]{8,40}", branch_name(about(FAILURE, fingerprint=fingerprint)))


def test_a_single_fingerprint_names_the_branch() -> None:
    assert branch_name(DIAGNOSIS) == "self-heal/0123456789abcdef"


def test_the_branch_name_does_not_depend_on_the_order_of_failures() -> None:
    one, two = FailureCluster("ab", (FAILURE,)), FailureCluster("cd", (FAILURE,))
    assert branch_name(Diagnosis((one, two), ())) == branch_name(Diagnosis((two, one), ()))
    assert branch_name(Diagnosis((one, two), ())) != branch_name(Diagnosis((one,), ()))
