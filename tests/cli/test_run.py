from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.model_server import Fails, Says, model_server
from tests.shop import FILES, MISSPELT, PYTEST, WRONG_SIGN, Shop

if TYPE_CHECKING:
    from pathlib import Path

GOOD = FILES["shop/cart.py"]


def healed(shop: Shop, branch: str) -> str:
    return shop.git("show", f"{branch}:shop/cart.py") + "\n"


def test_a_misspelt_name_is_repaired_on_a_branch_and_nothing_else_changes(shop: Shop) -> None:
    shop.break_it(MISSPELT)
    before = shop.state()

    ran = shop.heal("--format=json", "--", *PYTEST)

    document = ran.document
    assert (ran.code, document["outcome"], document["verified"]) == (0, "fixed", True)
    assert healed(shop, document["branch"]) == GOOD
    assert shop.git("rev-parse", f"{document['branch']}^") == shop.git("rev-parse", "main") == document["base"]
    assert shop.state() == before


def test_progress_tells_the_story_on_standard_error(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)

    ran = shop.heal("--", *PYTEST)

    assert ran.out.startswith("fixed: ")
    assert "+    return amount - discount" in ran.out
    stages = [line.split()[0] for line in ran.err.splitlines() if line.strip()]
    assert [stage for stage in dict.fromkeys(stages) if stage != "note"] == [
        "reproduce", "localize", "propose", "verify", "deliver",
    ]  # fmt: skip


def test_the_failures_of_a_report_are_the_ones_repaired(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)
    subprocess.run([*PYTEST, "--junitxml", "report.xml"], cwd=shop.path, capture_output=True, check=False)

    ran = shop.heal("--report", "*.xml", "--format=json", "--", *PYTEST)

    assert ran.document["outcome"] == "fixed"
    assert "report.xml: 1 failing" in ran.err
    assert "1 uncommitted change is left out" in ran.err


def test_without_a_command_a_python_project_is_tested_with_pytest(shop: Shop) -> None:
    shop.break_it(MISSPELT)
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"  # noqa: PTH120 - text

    ran = shop.heal("--format=json", environment={"PATH": path})

    assert ran.document["outcome"] == "fixed"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param((sys.executable, "job.py"), id="a script"),
        pytest.param((sys.executable, "-m", "unittest", "tests/unit.py"), id="unittest by its output"),
        pytest.param(("sh", "-c", f"'{sys.executable}' -m pytest -q"), id="pytest behind a shell"),
        pytest.param((sys.executable, "-m", "pytest", "-q", "-n2", "-x"), id="pytest with workers"),
    ],
)
def test_other_commands_are_understood(shop: Shop, command: tuple[str, ...]) -> None:
    unit = "import unittest\nfrom shop.cart import total\n\n\nclass Unit(unittest.TestCase):\n"
    unit += "    def test_sum(self):\n        self.assertEqual(total([1]), 1)\n"
    shop.write("tests/unit.py", unit)
    shop.commit("Add a unit test")
    shop.break_it(MISSPELT)

    document = shop.heal("--format=json", "--", *command).document

    assert document["outcome"] == "fixed"
    assert healed(shop, document["branch"]) == GOOD


def test_a_validator_that_fails_is_repaired_like_a_test(shop: Shop) -> None:
    shop.write("check.py", "from shop.cart import total\n\nassert total([4], 1) == 3, total([4], 1)\n")
    shop.commit("Add a check")
    shop.break_it(WRONG_SIGN)

    document = shop.heal(
        "--check", f"'{sys.executable}' check.py", "--format=json", "--", sys.executable, "job.py"
    ).document

    assert document["outcome"] == "fixed"
    assert healed(shop, document["branch"]) == GOOD


def test_a_patch_is_printed_ready_to_be_applied(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)

    ran = shop.heal("--deliver=patch", "--", *PYTEST)

    subprocess.run(["git", "apply", "-"], cwd=shop.path, input=ran.out, text=True, check=True)
    assert (shop.path / "shop/cart.py").read_text(encoding="utf-8") == GOOD
    assert shop.git("branch", "--list") == "* main"


def test_a_patch_of_a_file_in_another_encoding_is_exact(shop: Shop) -> None:
    source = shop.path / "shop" / "cart.py"
    source.write_bytes(b"# coding: latin-1\n# prices in \xa3\n" + GOOD.encode())
    shop.commit("Say the currency")
    source.write_bytes(source.read_bytes().replace(b"for price in prices:", b"for prize in prices:"))
    shop.commit("Tidy up")

    with (shop.path / ".git" / "fix.patch").open("wb") as patch:
        command = [sys.executable, "-m", "healer", "run", "--deliver=patch", "--", *PYTEST]
        subprocess.run(command, cwd=shop.path, stdout=patch, stderr=subprocess.DEVNULL, check=True)
    subprocess.run(["git", "apply", ".git/fix.patch"], cwd=shop.path, check=True)

    assert b"for price in prices" in source.read_bytes()


def test_a_patch_can_be_written_to_a_file(shop: Shop, tmp_path: Path) -> None:
    shop.break_it(WRONG_SIGN)

    shop.heal("--deliver=patch", "--output", str(tmp_path / "fix.patch"), "--", *PYTEST)

    assert "+    return amount - discount" in (tmp_path / "fix.patch").read_text(encoding="utf-8")


ANSWER = """\
Root cause: the discount is added.
Impact: every discounted total.
Strategy: subtract it.
Confidence: 0.9

```diff
--- a/shop/cart.py
+++ b/shop/cart.py
@@ def total(prices, discount=0): @@
     amount = 0
     for price in prices:
         amount += price
-    return amount + discount
+    return amount - discount
```
"""
NOT_YET = ANSWER.replace("+    return amount - discount", "+    return amount * discount")


def model(url: str) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": "sk-ant-made-up", "ANTHROPIC_BASE_URL": url}


def test_a_model_repairs_in_the_second_round_what_it_learnt_from_the_first(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)
    with model_server(Says(NOT_YET), Says(ANSWER)) as server:
        ran = shop.heal("--engine=anthropic", "--format=json", "--", *PYTEST, environment=model(server.url))

        prompts = [request.prompt for request in server.requests]
    document = ran.document
    assert document["outcome"] == "fixed"
    assert [attempt["verdict"] for attempt in document["attempts"]] == ["still-failing", "verified"]
    assert document["cost_usd"] > 0
    assert "return amount * discount" in prompts[1]
    assert "sk-ant-made-up" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        pytest.param([Says("I would look at the cart.")] * 6, "rejected", "all_refused", id="prose only"),
        pytest.param([Says("BLOCKED: test_is_wrong\nIt contradicts itself.")], "no-fix", "blocked", id="blocked"),
        pytest.param([Says(ANSWER, stop="max_tokens")] * 6, "rejected", "all_refused", id="cut off"),
        pytest.param([Fails(401, "invalid x-api-key")], "unavailable", "model_unavailable", id="a wrong key"),
    ],
)
def test_a_model_without_a_usable_answer_is_an_end_with_its_reason(
    shop: Shop, script: list[Says | Fails], outcome: str, reason: str
) -> None:
    shop.break_it(WRONG_SIGN)
    with model_server(*script) as server:
        ran = shop.heal("--engine=anthropic", "--format=json", "--", *PYTEST, environment=model(server.url))

    assert ran.code == 1
    assert (ran.document["outcome"], ran.document["reason"]) == (outcome, reason)
    assert shop.git("branch", "--list") == "* main"


def test_a_model_that_changes_the_tests_is_refused(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)
    cheat = (
        "Root cause: x\n\n```diff\n--- a/tests/test_cart.py\n+++ b/tests/test_cart.py\n@@ def test_discount(): @@\n"
        " def test_discount():\n-    assert total([5], discount=2) == 3\n+    assert total([5], discount=2) == 7\n```\n"
    )
    with model_server(Says(cheat), Says(ANSWER)) as server:
        document = shop.heal(
            "--engine=anthropic", "--format=json", "--", *PYTEST, environment=model(server.url)
        ).document

    assert document["attempts"][0]["why"].startswith("test_file")
    assert document["outcome"] == "fixed"


def test_a_cap_that_one_call_could_exceed_stops_before_it(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)
    with model_server(Says(ANSWER)) as server:
        ran = shop.heal(
            "--engine=anthropic", "--max-cost-usd=0.0001", "--format=json", "--", *PYTEST, environment=model(server.url)
        )
        calls = len(server.requests)

    assert (ran.document["outcome"], calls) == ("budget", 0)


@pytest.mark.parametrize(
    ("prepare", "arguments", "code", "said"),
    [
        pytest.param("", ("--repo", "nowhere"), 2, "not a directory", id="no directory"),
        pytest.param("rm -rf .git", (), 2, "not inside a git repository", id="no repository"),
        pytest.param("rm -rf .git && git init -q", (), 2, "no commits yet", id="no commits"),
        pytest.param("", ("--base", "deadbeef"), 2, "no commit deadbeef", id="no such commit"),
        pytest.param("touch e.xml", ("--report", "e.xml"), 2, "empty", id="an empty report"),
        pytest.param("echo '<testsuite><testcase' > t.xml", ("--report", "t.xml"), 2, "breaks off", id="a cut report"),
        pytest.param(
            "echo hello > n.xml", ("--report", "n.xml"), 2, "shows no test result", id="a report that is none"
        ),
        pytest.param("mkdir d", ("--report", "d"), 2, "no report matches", id="a folder without reports"),
        pytest.param("", ("--report", "*.nothing"), 2, "no report matches", id="no report"),
        pytest.param("", ("--rounds", "9"), 2, "--rounds", id="a wrong number"),
        pytest.param("", ("--colour",), 2, "unrecognized", id="an unknown option"),
        pytest.param("", ("--engine", "anthropic"), 2, "ANTHROPIC_API_KEY", id="a model without a key"),
        pytest.param("", ("--deliver", "pull-request"), 2, "GITHUB_TOKEN", id="a pull request without a token"),
    ],
)
def test_wrong_input_ends_in_one_sentence(
    shop: Shop, prepare: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    subprocess.run(["sh", "-c", prepare], cwd=shop.path, check=True)

    ran = shop.heal(*arguments)

    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("command", "outcome", "reason"),
    [
        pytest.param(("no-such-command",), "environment", "command_not_found", id="not found"),
        pytest.param(("sleep", "60"), "environment", "suite_timeout", id="hangs"),
        pytest.param(("false",), "no-fix", None, id="prints nothing"),
        pytest.param(("sh", "-c", "kill -9 $$"), "no-fix", None, id="kills itself"),
        pytest.param((*PYTEST, "-k", "nothing_like_this"), "environment", "no_tests", id="selects nothing"),
        pytest.param((*PYTEST, "--no-such-option"), "environment", "no_tests", id="wrong usage of pytest"),
    ],
)
def test_a_command_that_proves_nothing_ends_in_its_own_outcome(
    shop: Shop, command: tuple[str, ...], outcome: str, reason: str | None
) -> None:
    limit = 3 if reason == "suite_timeout" else 60
    ran = shop.heal(f"--time-limit={limit}", "--format=json", "--", *command)

    assert (ran.code, ran.document["outcome"]) == (1, outcome)
    assert reason in {None, ran.document["reason"]}
    assert len(ran.document["sentence"]) > 20


def test_a_green_suite_leaves_nothing_to_do(shop: Shop) -> None:
    ran = shop.heal("--format=json", "--", *PYTEST)

    assert (ran.code, ran.document["outcome"], ran.document["attempts"]) == (0, "nothing-to-do", [])


def test_a_test_case_that_depends_on_another_is_named_with_it_and_nothing_is_repaired(shop: Shop) -> None:
    shop.write("shop/left.py", "items = []\n")
    one = "from shop import left\n\n\ndef test_{0}():\n    {1}\n"
    shop.write("tests/test_a.py", one.format("leaves", "left.items.append(1)"))
    shop.write("tests/test_b.py", one.format("meets", "assert not left.items"))
    shop.commit("Share a list")

    document = shop.heal("--format=json", "--", *PYTEST).document

    assert (document["outcome"], document["reason"]) == ("flaky", "order_dependent")
    assert "test_b.py::test_meets fails only after tests/test_a.py::test_leaves" in document["sentence"]


def test_a_test_case_that_never_ends_is_a_failure_like_any_other(shop: Shop) -> None:
    shop.write("shop/loop.py", "def last(items):\n    while items:\n        pass\n    return items\n")
    shop.write("tests/test_loop.py", "from shop.loop import last\n\n\ndef test_last():\n    last([1])\n")
    shop.commit("Loop")

    document = shop.heal("--case-time-limit=0.5", "--format=json", "--", *PYTEST).document

    (cluster,) = document["clusters"]
    assert "CaseTimeLimit" in str(cluster)
    assert "shop/loop.py" in str(document)


def test_a_flaky_test_is_named_and_nothing_is_repaired(shop: Shop) -> None:
    # No run leaves anything that a later one could know it by, but for the name of its folder.
    shop.write(
        "tests/test_flaky.py", "import os\n\n\ndef test_flaky():\n    assert '/run-1/' not in os.getcwd() + '/'\n"
    )
    shop.commit("Add a flaky test")

    document = shop.heal("--format=json", "--", *PYTEST).document

    assert (document["outcome"], document["reason"]) == ("flaky", "failures_did_not_repeat")
    assert "test_flaky failed 1 of 3 runs" in document["sentence"]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        pytest.param("import no_such_dependency\n\ndef test_a(): ...\n", "environment", id="a dependency is missing"),
        pytest.param("def test_a(: ...\n", "no-fix", id="a test that is no Python"),
    ],
)
def test_a_suite_that_cannot_be_collected_is_not_blamed_on_the_source(shop: Shop, text: str, outcome: str) -> None:
    shop.write("tests/test_new.py", text)
    shop.commit("Add a test")

    document = shop.heal("--format=json", "--", *PYTEST).document

    assert document["outcome"] == outcome
    assert document["patch"] in {None, ""}


def test_a_module_that_fails_to_import_is_repaired_although_nothing_could_be_collected(shop: Shop) -> None:
    shop.break_it(("def total", "from shop.carts import nothing\n\n\ndef total"))

    document = shop.heal("--format=json", "--", *PYTEST).document

    assert document["outcome"] == "fixed"


def test_a_repository_that_cannot_be_written_to_keeps_the_patch_in_the_result(shop: Shop) -> None:
    shop.break_it(WRONG_SIGN)
    heads = shop.path / ".git" / "refs" / "heads"
    (heads / "self-heal").touch()  # a file where the branch's folder must go

    ran = shop.heal("--format=json", "--", *PYTEST)

    assert (ran.code, ran.document["outcome"], ran.document["verified"]) == (1, "unavailable", True)
    assert "+    return amount - discount" in ran.document["patch"]


def test_bare_and_shallow_clones_and_a_detached_head_are_healed(shop: Shop, tmp_path: Path) -> None:
    shop.break_it(MISSPELT)
    shop.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    shop.git("clone", "--quiet", "--depth=1", shop.path.as_uri(), str(tmp_path / "shallow"))
    shop.git("checkout", "--quiet", "--detach")

    outcomes = [
        shop.heal("--repo", str(where), "--format=json", "--", *PYTEST).document["outcome"]
        for where in (tmp_path / "bare.git", tmp_path / "shallow", shop.path)
    ]

    assert outcomes == ["fixed"] * 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_process_no_folder_and_no_branch(
    shop: Shop, tmp_path: Path, number: signal.Signals
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir(mode=0o777)
    scratch.chmod(0o777)
    shop.write("tests/test_slow.py", "import time\n\ndef test_slow():\n    time.sleep(98765)\n")
    shop.commit("Add a slow test")
    before = shop.state()
    command = [sys.executable, "-m", "healer", "run", "--", *PYTEST]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(scratch)}
    with subprocess.Popen(command, cwd=shop.path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "running the suite" not in process.stderr.readline():
            assert process.poll() is None
        while not any(scratch.glob("self-heal-runs-*/run-1/tree/tests")):
            time.sleep(0.01)
        process.send_signal(number)
        said = process.stderr.read()

    assert process.returncode == 130
    assert "interrupted" in said
    assert not list(scratch.iterdir())
    assert shop.state() == before


def test_on_a_runner_the_result_is_published_where_the_runner_looks(shop: Shop, tmp_path: Path) -> None:
    shop.break_it(WRONG_SIGN)
    (tmp_path / "summary").touch()
    (tmp_path / "output").touch()
    runner = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "RUNNER_TEMP": str(tmp_path),
    }

    refused = shop.heal("--format=json", "--", *PYTEST, environment=runner)
    ran = shop.heal("--unsafe-no-sandbox", "--format=json", "--", *PYTEST, environment=runner)

    assert refused.code == 0 or "sandbox_unavailable" in (tmp_path / "output").read_text(encoding="utf-8")
    assert ran.document["outcome"] == "fixed"
    assert "::notice title=self-heal%3A fixed::" in ran.err
    assert "outcome<<" in (tmp_path / "output").read_text(encoding="utf-8")
    assert "return amount - discount" in (tmp_path / "summary").read_text(encoding="utf-8")


def test_on_a_runner_wrong_usage_is_an_annotation_too(shop: Shop) -> None:
    ran = shop.heal("--rounds=9", environment={"GITHUB_ACTIONS": "true"})

    assert ran.code == 2
    assert "::error title=self-heal::--rounds is 1, 2 or 3" in ran.err


def test_the_json_document_has_the_agreed_shape(shop: Shop) -> None:
    shop.break_it(MISSPELT)

    document = json.loads(shop.heal("--format=json", "--deliver=summary", "--", *PYTEST).out)

    agreed = {"outcome", "reason", "verified", "base", "branch", "pull_request", "patch", "confidence", "cost_usd"}
    assert agreed | {"tokens", "seconds", "clusters", "attempts"} <= document.keys()
    assert {"round", "engine", "model", "verdict", "why", "diff"} <= document["attempts"][0].keys()
