"""The lines of an installer's output that say why it failed, chosen from real outputs of real tools."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.setup.complaints import decisive

OUTPUTS = Path(__file__).with_name("outputs")


@pytest.mark.parametrize(
    ("name", "first", "lines"),
    [
        ("pip-none", "ERROR: Could not find a version that satisfies the requirement no-such-package", 2),
        ("pip-conflict", "ERROR: Cannot install pluggy==1.0 and pytest==8.0.0 because", 4),
        ("pip-compile", "cext.c:1:10: fatal error: no_such_header.h: No such file or directory", 1),
        ("pip-setup", "RuntimeError: set FOO first", 1),
        ("pip-python", "ERROR: Package 'f' requires a different Python: 3.13.0 not in '>=3.99'", 1),
        ("pip-hash", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", 1),
        ("uv-conflict", "error: No solution found when resolving dependencies", 3),
        ("npm-404", "npm error code E404", 3),
        ("npm-mismatch", "npm error code EUSAGE", 3),
        ("npm-nolock", "npm error code EUSAGE", 2),
        ("cargo", "error: failed to get `no-such-crate", 2),
        ("pnpm-mismatch", "Error: ERR_PNPM_OUTDATED_LOCKFILE", 3),
        ("yarn1-mismatch", "error Your lockfile needs to be updated", 1),
        ("yarn-mismatch", "➤ YN0028: │ The lockfile would have been modified by this install", 1),
        ("maven-none", "[ERROR] Plugin org.apache.maven.plugins:maven-surefire-plugin:9.9.9 or one of its", 1),
        ("gradle-none", "java.lang.ClassNotFoundException: org.debian", 3),
        ("go", "go: example.com/none@v1.0.0: Get", 1),
    ],
)
def test_real_outputs_are_reduced_to_what_decides(name: str, first: str, lines: int) -> None:
    found = decisive((OUTPUTS / f"{name}.txt").read_text("utf-8"))
    assert found[0].startswith(first)
    assert len(found) == lines


def test_a_conflict_is_told_with_its_parties() -> None:
    found = decisive((OUTPUTS / "pip-conflict.txt").read_text("utf-8"))
    assert "pytest 8.0.0 depends on pluggy<2.0 and >=1.3.0" in found


def test_a_list_of_all_versions_is_told_by_its_ends() -> None:
    (line,) = decisive("ERROR: Could not find a version that satisfies the requirement a==9 (from versions: 1, 2, 3)")
    assert line.endswith("a==9 (versions 1 to 3)")


def test_colours_are_taken_off() -> None:
    assert decisive("\x1b[31mERROR: No matching distribution found for a\x1b[0m\n") == (
        "ERROR: No matching distribution found for a",
    )


def test_of_an_output_that_no_rule_knows_the_last_lines_are_shown() -> None:
    assert decisive("\n".join(f"line {number}" for number in range(9))) == tuple(f"line {n}" for n in range(4, 9))


def test_many_complaints_are_cut_in_the_middle() -> None:
    found = decisive("\n".join(f"error: number {number}" for number in range(50)))
    assert found[0] == "error: number 0"
    assert (found[-1], len(found)) == ("error: number 49", 8)


@given(st.text(max_size=3000))
def test_any_output_becomes_few_short_lines(output: str) -> None:
    found = decisive(output)
    assert len(found) <= 8
    assert all(len(line) <= 300 and "\n" not in line for line in found)
