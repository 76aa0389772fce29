"""What the runner obeys, read back the way the runner reads it."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.actions import OUTPUTS, Runner, annotation, mask_commands, output_entry
from healer.errors import RepositoryError
from healer.models.change import Analysis, Usage
from healer.models.code import Diagnosis
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from healer.models.outcome import Attempt, Confidence, Delivered, Fix, HealResult, Outcome

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "ghs_1_the-token.of-this_test"
FAILURE = Failure(
    "tests/test_cart.py::test_total", "test_total", CaseOutcome.ERROR, "", "tests/test_cart.py", 7, "NameError", "totl"
)
FIX = Fix(
    "a" * 40, "-totl\n+total\n", ("cart.py",), "embedded", None, Analysis(), ("It passes.",),
    confidence=Confidence(0.936),
)  # fmt: skip
FIXED = HealResult(
    Outcome.FIXED, "verified", "repaired", "b" * 40, Diagnosis((FailureCluster("ab", (FAILURE,)),), ()), FIX,
    Delivered("self-heal/0123456789abcdef", "https://github.com/octo/shop/pull/7", 7),
    (Attempt(1, "embedded", None, "verified", "all pass"),), Usage(cost_usd=0.5), 3.0,
)  # fmt: skip


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the commands that the runner obeys, in both of its grammars, in a log; none while they are stopped."""
    found = []
    stopped = None
    for line in text.split("\n"):
        modern = re.fullmatch(r"\s*::([\w-]+)(?: ([^:]*(?:%3A[^:]*)*))?::(.*)", line)
        legacy = re.search(r"##\[([\w-]+)([^\]]*)\](.*)", line)
        match = modern or legacy
        if match and stopped in {None, match[1]}:
            pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
            found.append((match[1], {key: value for key, _, value in pairs}, match[3]))
            stopped = match[3] if match[1] == "stop-commands" else None
    return found


def entries(text: str) -> dict[str, str]:
    """Read a file of outputs as the runner does; a malformed one raises."""
    lines = text.split("\n")
    found: dict[str, str] = {}
    while lines and (line := lines.pop(0)):
        name, delimiter = line.split("<<", 1)
        end = lines.index(delimiter)
        found[name] = "\n".join(lines[:end])
        del lines[: end + 1]
    assert not any(lines)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    (tmp_path / "temp").mkdir()
    return tmp_path


def a_runner(folder: Path, stream: io.StringIO) -> Runner:
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "RUNNER_TEMP": str(folder / "temp"),
    }
    runner = Runner.around(environment, stream, (SECRET, ""))
    assert runner is not None
    return runner


def concluded(folder: Path, result: HealResult) -> str:
    stream = io.StringIO()
    with a_runner(folder, stream) as runner:
        runner.conclude(result)
    return stream.getvalue()


def test_outside_a_job_there_is_no_runner() -> None:
    assert Runner.around({}, io.StringIO()) is None


def test_a_result_becomes_outputs_summary_annotations_and_files(folder: Path) -> None:
    log = concluded(folder, FIXED)
    outputs = entries((folder / "output").read_text(encoding="utf-8"))
    assert outputs | {"patch": "", "report-json": ""} == {
        "outcome": "fixed", "reason": "verified", "verified": "true", "branch": "self-heal/0123456789abcdef",
        "pull-request-url": "https://github.com/octo/shop/pull/7", "pull-request-number": "7", "cost-usd": "0.5000",
        "attempts": "1", "failures": "1", "confidence": "0.936", "standing": "auto-merge",
        "patch": "", "report-json": "",
    }  # fmt: skip
    assert (folder / "temp" / outputs["patch"]).read_text(encoding="utf-8") == FIX.diff
    assert json.loads((folder / "temp" / outputs["report-json"]).read_bytes())["outcome"] == "fixed"
    assert (folder / "summary").read_text(encoding="utf-8").startswith("## self-heal: fixed")
    said = [command for command in commands(log) if command[0] in {"notice", "warning", "error"}]
    assert said == [
        ("notice", {"title": "self-heal%3A fixed"}, "repaired"),
        ("warning", {"file": "tests/test_cart.py", "line": "7", "title": "test_total"}, "NameError: totl"),
    ]


def test_a_result_without_a_fix_names_no_branch_and_no_patch(folder: Path) -> None:
    concluded(folder, replace(FIXED, outcome=Outcome.NO_FIX, reason="no_fix", fix=None, delivered=Delivered()))
    outputs = entries((folder / "output").read_text(encoding="utf-8"))
    assert set(outputs) == {"outcome", "reason", "verified", "cost-usd", "attempts", "failures", "report-json"}
    assert outputs["verified"] == "false"


def test_an_error_becomes_an_annotation_a_summary_and_a_reason(folder: Path) -> None:
    stream = io.StringIO()
    with pytest.raises(RepositoryError), a_runner(folder, stream):
        raise RepositoryError("there is no git checkout;\n::set-output name=x::1", code="not_a_repository")
    assert commands(stream.getvalue())[-1][0] == "error"
    assert "::set-output" not in stream.getvalue().replace("%0A::set-output", "")
    assert entries((folder / "output").read_text(encoding="utf-8")) == {
        "reason": "not_a_repository",
        "verified": "false",
    }
    assert "there is no git checkout" in (folder / "summary").read_text(encoding="utf-8")


def test_nobody_elses_commands_are_obeyed_in_between(folder: Path) -> None:
    stream = io.StringIO()
    with a_runner(folder, stream):
        stream.write("::error::not ours\nnoise ##[warning]neither\n")
    assert not {"error", "warning"} & {name for name, _, _ in commands(stream.getvalue())}
    lines = stream.getvalue().splitlines()
    stop = next(line for line in lines if line.startswith("::stop-commands::"))
    token = stop.removeprefix("::stop-commands::")
    assert re.fullmatch(r"[0-9a-f]{32}", token)
    assert lines.index(stop) < lines.index("::error::not ours") < lines.index(f"::{token}::")


def test_every_stop_has_its_own_token_and_is_undone(folder: Path) -> None:
    log = concluded(folder, FIXED)
    stops = re.findall(r"::stop-commands::(\w+)", log)
    assert len(stops) == len(set(stops)) == 2
    assert all(f"\n::{token}::\n" in log for token in stops)


def test_secrets_are_masked_with_their_encoded_forms_before_anything_else(folder: Path) -> None:
    stream = io.StringIO()
    with a_runner(folder, stream):
        masked = stream.getvalue()
    assert masked.startswith(f"::add-mask::{SECRET}\n")
    for form in (SECRET, f"x-access-token:{SECRET}"):
        assert f"::add-mask::{base64.b64encode(form.encode()).decode().rstrip('=')}\n" in masked


@pytest.mark.parametrize("value", ["", "short", "\n\n", "a\nb\nc"])
def test_values_too_short_to_be_secrets_mask_nothing(value: str) -> None:
    assert mask_commands([value]) == []


def test_a_secret_of_several_lines_is_masked_line_by_line() -> None:
    masks = mask_commands(["first-line-of-key\r\nsecond-line-100%\n"])
    assert "::add-mask::first-line-of-key" in masks
    assert "::add-mask::second-line-100%25" in masks
    assert all("\n" not in mask for mask in masks)


@pytest.mark.parametrize(
    "text",
    [
        "a\n::set-output name=outcome::fixed",
        "a\r::stop-commands::x",
        "noise ##[add-mask]a",
        "100%0A::error::x",
        "file=x,line=1::y",
        "\x00\x1b]0;title\x07\u2028::debug::",
    ],
)
def test_an_annotation_is_one_command_whatever_it_says(text: str) -> None:
    made = annotation("error", text, title=text, file=text, line=3)
    assert "\n" not in made
    assert "\r" not in made
    [(name, properties, _)] = commands(made)
    assert name == "error"
    assert set(properties) == {"file", "line", "title"}
    assert not any(set(":,") & set(value) for value in properties.values())


@given(st.sampled_from(sorted(OUTPUTS)), st.text(max_size=60))
def test_no_value_can_end_its_entry_or_add_another(name: str, value: str) -> None:
    assert set(entries(output_entry(name, value))) <= {name}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outcome", "fixed\nEOF\nverified=true"), ("reason", "$(id)"), ("reason", "x y"), ("branch", "main"),
        ("branch", "self-heal/0123456789abcdef\n"), ("pull-request-url", "javascript:alert(1)"),
        ("pull-request-url", 'https://github.com/octo/shop/pull/7";id;"'), ("patch", "../../etc/passwd"),
        ("cost-usd", "nan"), ("pull-request-number", "-1"), ("verified", "True"), ("failures", ""),
    ],
)  # fmt: skip
def test_a_value_of_another_shape_is_not_put_out(name: str, value: str) -> None:
    assert output_entry(name, value) == ""


def test_a_summary_that_is_a_link_is_not_written_through(folder: Path) -> None:
    target = folder / "target"
    target.write_text("mine", encoding="utf-8")
    (folder / "summary").unlink()
    (folder / "summary").symlink_to(target)
    log = concluded(folder, FIXED)
    assert target.read_text(encoding="utf-8") == "mine"
    assert any("summary could not be written" in said for _, _, said in commands(log))
    assert (folder / "output").stat().st_size > 0


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_a_file_of_the_runner_that_is_no_file_is_said_and_survived(folder: Path, kind: str) -> None:
    (folder / "summary").unlink()
    if kind == "folder":
        (folder / "summary").mkdir()
    elif kind == "pipe":
        os.mkfifo(folder / "summary")
    assert any("summary" in said for _, _, said in commands(concluded(folder, FIXED)))


def test_a_temp_folder_that_is_gone_is_said_and_survived(folder: Path) -> None:
    (folder / "temp").rmdir()
    assert "the report could not be written" in concluded(folder, FIXED)
    assert "patch" not in entries((folder / "output").read_text(encoding="utf-8"))


def test_the_summary_is_added_to_what_is_there(folder: Path) -> None:
    (folder / "summary").write_text("before\n", encoding="utf-8")
    concluded(folder, FIXED)
    assert (folder / "summary").read_text(encoding="utf-8").startswith("before\n## self-heal")


@pytest.mark.parametrize("file", ["/etc/passwd", "../x.py", "a/../../x.py", "a\nb.py", "", None])
def test_annotations_point_only_into_the_repository(folder: Path, file: str | None) -> None:
    strange = replace(FAILURE, file=file)
    log = concluded(folder, replace(FIXED, diagnosis=Diagnosis((FailureCluster("ab", (strange,)),), ())))
    assert all("file" not in properties for _, properties, _ in commands(log))


def test_at_most_ten_annotations_are_made(folder: Path) -> None:
    clusters = tuple(FailureCluster(f"{number:08x}", (FAILURE,)) for number in range(40))
    log = concluded(folder, replace(FIXED, diagnosis=Diagnosis(clusters, ())))
    assert len([command for command in commands(log) if command[0] == "warning"]) == 9
