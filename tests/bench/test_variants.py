"""The benchmark of prompts by variant: its cases are whole, models are played by hand, sections are counted."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.variants.cases import FOLDER, Case, cases
from bench.variants.making import Made
from bench.variants.playing import answer_of, play
from bench.variants.table import sections, table, variant_of
from healer.adapters.models.cassette import Exchange, read_cassette
from healer.engines.model.variants import Variant
from healer.ports import Message, ModelRequest
from tests.projects import write

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "import core\n\nprint(core.half(4))\nraise SystemExit(core.half(4) != 2)\n"
ANSWER = """Root cause: It doubles.

```diff
--- a/core.py
+++ b/core.py
@@ def half(value): @@
 def half(value):
-    return value * 2
+    return value / 2
```
"""


def a_case(folder: Path, *answers: str) -> Made:
    case = Case("halves", "script", "", (), (), (), "", (), answers, (), ())
    tree = folder / "repository"
    write(tree / "core.py", "def half(value):\n    return value * 2\n")
    write(tree / "check.py", SCRIPT)
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=tree, check=True)
    return Made(case, tree, (sys.executable, "check.py"), (), None)


def test_every_case_says_what_it_is_of_and_what_it_changes() -> None:
    for case in cases():
        assert case.variant in set(Variant), case.name
        assert case.base or case.files, case.name
        assert case.edits or case.files, case.name
        assert not case.report or (FOLDER / case.report).exists(), case.name


def test_a_question_is_written_down_and_waits_then_its_answer_heals(tmp_path: Path) -> None:
    made, prompts = a_case(tmp_path), tmp_path / "prompts"
    result, waiting = play(made, prompts, tmp_path)
    assert waiting == [prompts / "0001.prompt.md"]
    assert "def half(value)" in waiting[0].read_text(encoding="utf-8")
    assert result["outcome"] != "fixed"
    answer_of(waiting[0]).write_text(ANSWER, encoding="utf-8")
    result, waiting = play(made, prompts, tmp_path)
    assert (result["outcome"], waiting) == ("fixed", [])
    exchanges = read_cassette(tmp_path / "record.jsonl").exchanges
    assert variant_of(exchanges) == "script"
    assert {"rules", "code", "tests", "failures", "task"} <= sections(exchanges[0]).keys()


def test_an_answer_that_a_case_brings_along_is_for_its_first_question(tmp_path: Path) -> None:
    made, prompts = a_case(tmp_path, "BLOCKED: other\nno", ANSWER), tmp_path / "prompts"
    play(replace(made, case=replace(made.case, options=("--rounds", "1"))), prompts, tmp_path)
    assert (prompts / "0001.answer.md").read_text(encoding="utf-8").startswith("BLOCKED")


def test_a_case_that_was_not_run_is_told_as_such(tmp_path: Path) -> None:
    told = list(table(tmp_path, cases()[:1]))
    assert "not run" in told[2]
    assert told[-1] == "0 of 0 repaired, 0 of them in one round; 0 calls"


def test_what_no_heading_opens_counts_as_the_frame() -> None:
    request = ModelRequest("rules" * 4, (Message("user", "# Your task\n\nx" + "y" * 26),), 10, context="z" * 38)
    assert sections(Exchange("c", request)) == {"rules": 5, "frame": 10, "task": 10}
