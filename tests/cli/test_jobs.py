"""Three jobs as a user and as a runner starts them: documents from one to the next, and nothing else trusted."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tests.model_server import Fails, Says, model_server
from tests.shop import FILES, MISSPELT, PYTEST, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.model_server import ModelServer
    from tests.shop import Ran

GOOD = FILES["shop/cart.py"]
TAX = (
    "    return amount - discount\n",
    "    return amount - discount\n\n\ndef gross(net, rate):\n    return net * rate\n",
)
TESTS = (
    FILES["tests/test_cart.py"].replace("import total", "import gross, total")
    + "\n\ndef test_gross():\n    assert gross(100, 19) == 119\n"
    + "\n\ndef test_low_tax():\n    assert gross(50, 10) == 55\n"
)
HALF = """Root cause: the tax alone is computed.
Strategy: Add the net price.

```diff
--- a/shop/cart.py
+++ b/shop/cart.py
@@ def gross(net, rate):
-    return net * rate
+    return net + rate
```
"""
WHOLE = HALF.replace("+    return net + rate", "+    return net * (100 + rate) / 100")
CHEAT = """Root cause: the test is too strict.

```diff
--- a/tests/test_cart.py
+++ b/tests/test_cart.py
@@ def test_gross():
-    assert gross(100, 19) == 119
+    assert True
```
"""


@pytest.fixture(scope="module")
def unrepaired(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with a function that no template repairs, its history squashed, and a first verdict on it."""
    project = Shop(tmp_path_factory.mktemp("shop"))
    project.git("init", "--quiet", "--initial-branch=main")
    for name, text in {**FILES, "shop/cart.py": GOOD.replace(*TAX), "tests/test_cart.py": TESTS}.items():
        project.write(name, text)
    project.commit("A shop")
    kept(project, "verdict", job(project, "verify", "--", *PYTEST))
    return project


@pytest.fixture
def untaxed(unrepaired: Shop, tmp_path: Path) -> Shop:
    """Return a copy of it, whose verdict lies in `.git/verdict`."""
    return Shop(shutil.copytree(unrepaired.path, tmp_path / "shop", symlinks=True))


def first_verdict(shop: Shop) -> str:
    return str(shop.path / ".git" / "verdict")


def job(shop: Shop, command: str, *arguments: str, server: ModelServer | None = None) -> Ran:
    keys = {"ANTHROPIC_API_KEY": "k" * 20, "ANTHROPIC_BASE_URL": server.url} if server else {}
    return shop.heal(*arguments, command=command, environment=keys)


def kept(shop: Shop, name: str, ran: Ran) -> str:
    """Write what a job printed below `.git`, where the checkout stays as it is."""
    assert ran.code == 0, ran.err
    path = shop.path / ".git" / name
    path.write_text(ran.out, encoding="utf-8")
    return str(path)


def test_what_the_embedded_engine_repairs_takes_two_jobs_and_no_key(shop: Shop) -> None:
    shop.break_it(MISSPELT)
    before = shop.state()
    verdict = kept(shop, "verdict", job(shop, "verify", "--", *PYTEST))
    assert shop.git("branch", "--list", "self-heal/*") == ""

    ran = job(shop, "deliver", "--verdict", verdict, "--format=json")

    document = ran.document
    assert (ran.code, document["outcome"], document["verified"], document["engine"]) == (0, "fixed", True, "embedded")
    assert shop.git("show", f"{document['branch']}:shop/cart.py") + "\n" == GOOD
    assert shop.state() == before


def test_a_model_s_repair_passes_through_three_jobs_and_learns_from_a_verdict(untaxed: Shop) -> None:
    verdict = first_verdict(untaxed)
    first = json.loads((untaxed.path / ".git" / "verdict").read_text("utf-8"))
    assert (first["end"]["outcome"], first["proved"]) == ("no-fix", None)
    with model_server(Says(HALF), Says(WHOLE)) as server:
        ran = job(untaxed, "propose", "--verdict", verdict, server=server)
        proposal = kept(untaxed, "proposal-1", ran)
        assert "net + rate" in ran.document["candidates"][0]["diff"]
        ran = job(untaxed, "verify", "--proposal", proposal, "--", *PYTEST)
        verdict = kept(untaxed, "verdict-1", ran)
        [tried] = [attempt for attempt in ran.document["attempts"] if attempt["model"]]
        assert (tried["round"], tried["verdict"]) == (1, "partial")
        ran = job(untaxed, "propose", "--verdict", verdict, "--spent-usd=0.01", server=server)
        proposal = kept(untaxed, "proposal-2", ran)
        digest = hashlib.sha256((untaxed.path / ".git" / "proposal-2").read_bytes()).hexdigest()
    assert "net + rate" in json.dumps(server.requests[1].body)  # what was tried is told
    verified = job(untaxed, "verify", "--proposal", proposal, "--proposal-digest", digest, "--", *PYTEST)
    verdict = kept(untaxed, "verdict-2", verified)

    delivered = job(untaxed, "deliver", "--verdict", verdict, "--proposal", proposal, "--format=json").document

    assert (delivered["outcome"], delivered["engine"]) == ("fixed", "anthropic")
    assert "(100 + rate) / 100" in untaxed.git("show", f"{delivered['branch']}:shop/cart.py")
    assert delivered["cost_usd"] == pytest.approx(verified.document["usage"]["cost_usd"], abs=1e-6)
    assert [one["round"] for one in delivered["attempts"] if one["model"]] == [1, 2]
    assert delivered["standing"] in {"review", "draft"}


def test_a_verdict_cannot_have_its_own_change_proposed(untaxed: Shop) -> None:
    parts = [
        change(engine, GOOD.replace(*TAX).replace("amount = 0", f"amount = {number}"), model=model)["change"]
        for number, (engine, model) in enumerate([("anthropic", "m"), ("embedded", None)], start=1)
    ]
    verdict = forged(untaxed, partial=parts)
    with model_server(Says(WHOLE)) as server:
        first = job(untaxed, "propose", "--verdict", verdict, server=server)
    assert [one["engine"] for one in first.document["candidates"]] == ["anthropic", "embedded"]
    assert "net * (100" in base64.b64decode(first.document["candidates"][0]["files"][0]["content"]).decode()
    proposal = kept(untaxed, "proposal", first)
    parts.append(first.document["candidates"][0])
    verdict = forged(untaxed, partial=parts, round=1)
    with model_server(Says(HALF)) as server:
        ran = job(untaxed, "propose", "--verdict", verdict, "--proposal", proposal, server=server)
    handed = [base64.b64decode(one["files"][0]["content"]).decode() for one in ran.document["candidates"]]
    assert ["net + rate" in handed[0], "amount = 2" in handed[1], "net * (100" in handed[2]] == [True] * 3
    assert not any("amount = 1" in text for text in handed)


def test_reports_alone_are_enough_to_propose(untaxed: Shop) -> None:
    text = '<testsuite tests="1"><testcase classname="tests.test_cart" name="test_gross"><failure>no</failure>'
    (untaxed.path / ".git" / "r.xml").write_text(f"{text}</testcase></testsuite>", encoding="utf-8")
    with model_server(Says(WHOLE)) as server:
        ran = job(untaxed, "propose", "--report", ".git/r.xml", server=server)
    proposal = kept(untaxed, "proposal", ran)
    assert ran.document["round"] == 1
    verdict = job(untaxed, "verify", "--proposal", proposal, "--", *PYTEST).document
    assert verdict["end"]["outcome"] == "fixed"


def test_a_proposal_that_the_gate_refuses_is_told_and_not_handed_on(untaxed: Shop) -> None:
    verdict = first_verdict(untaxed)
    with model_server(Says(CHEAT)) as server:
        ran = job(untaxed, "propose", "--verdict", verdict, server=server)
    assert ran.document["candidates"] == []
    assert ran.document["end"]["outcome"] == "no-fix"
    assert any(attempt["why"].startswith("test_file") for attempt in ran.document["attempts"])
    told = job(untaxed, "verify", "--proposal", kept(untaxed, "proposal", ran), "--", *PYTEST)
    assert (told.code, "holds no candidate" in told.err) == (2, True)


def test_the_cap_counts_what_earlier_rounds_cost(untaxed: Shop) -> None:
    verdict = first_verdict(untaxed)
    with model_server(Says(WHOLE)) as server:
        ran = job(untaxed, "propose", "--verdict", verdict, "--max-cost-usd=0.5", "--spent-usd=0.4999", server=server)
    assert ran.document["end"]["outcome"] == "budget"
    assert server.requests == []


def test_an_endpoint_that_is_away_is_the_end_of_a_proposal_and_not_of_the_job(untaxed: Shop) -> None:
    verdict = first_verdict(untaxed)
    with model_server(Fails(401, "no such key", "authentication_error")) as server:
        ran = job(untaxed, "propose", "--verdict", verdict, server=server)
    assert (ran.code, ran.document["end"]["outcome"]) == (0, "unavailable")


def test_a_green_suite_needs_no_model(shop: Shop) -> None:
    verdict = kept(shop, "verdict", job(shop, "verify", "--", *PYTEST))
    with model_server(Says(WHOLE)) as server:
        ran = job(shop, "propose", "--verdict", verdict, server=server)
    assert (ran.document["candidates"], ran.document["end"]["outcome"]) == ([], "nothing-to-do")
    assert server.requests == []
    assert job(shop, "deliver", "--verdict", verdict).code == 0


def test_what_is_not_repaired_is_said_by_the_last_job(untaxed: Shop) -> None:
    verdict = first_verdict(untaxed)
    ran = job(untaxed, "deliver", "--verdict", verdict)
    assert ran.code == 1
    assert ran.out.startswith("no-fix: ")
    assert untaxed.git("branch", "--list", "self-heal/*") == ""


WON = {"outcome": "fixed", "reason": "", "sentence": ""}


def forged(shop: Shop, **values: Any) -> str:
    content = json.loads((shop.path / ".git" / "verdict").read_text("utf-8"))
    path = shop.path / ".git" / "forged"
    path.write_text(json.dumps({**content, **values}), encoding="utf-8")
    return str(path)


def change(engine: str, text: str, *, path: str = "shop/cart.py", model: str | None = None) -> dict[str, Any]:
    content = base64.b64encode(text.encode()).decode()
    return {
        "change": {
            "engine": engine, "model": model, "files": [{"path": path, "content": content}],
            "analysis": {"root_cause": "", "impact": "", "strategy": "", "confidence": None},
        },
        "proof": ["All is well."],
        "confidence": {"value": 1.0, "reasons": []},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("proved", "why"),
    [
        pytest.param(change("anthropic", GOOD, model="m"), "that no proposal given here makes", id="not proposed"),
        pytest.param(
            change("embedded", "def test_sum(): pass\n", path="tests/test_cart.py"), "tests are read-only", id="a test"
        ),
        pytest.param(
            change("embedded", "on: push\n", path=".github/workflows/x.yml"), "which is read-only", id="a workflow"
        ),
        pytest.param(change("embedded", "x = 1\n", path=".git/hooks/x.py"), "is refused", id="the repository itself"),
    ],
)
def test_a_forged_verdict_delivers_nothing(untaxed: Shop, proved: dict[str, Any], why: str) -> None:
    end = {"outcome": "fixed", "reason": "verified", "sentence": "repaired"}

    ran = job(untaxed, "deliver", "--verdict", forged(untaxed, proved=proved, end=end), "--format=json")

    assert (ran.code, ran.document["outcome"], ran.document["verified"]) == (1, "rejected", False)
    assert why in ran.document["sentence"]
    assert untaxed.git("branch", "--list", "self-heal/*") == ""


@pytest.mark.parametrize(
    ("values", "why"),
    [
        pytest.param({"base": "0" * 40}, "is about commit 0000000000 and this job about", id="another commit"),
        pytest.param({"version": 9}, "of another version of self-heal", id="another version"),
        pytest.param({"proved": None, "end": WON}, "and not how", id="hollow"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused_in_a_sentence(untaxed: Shop, values: dict[str, Any], why: str) -> None:
    ran = job(untaxed, "deliver", "--verdict", forged(untaxed, **values))
    assert (ran.code, ran.out) == (2, "")
    assert why in ran.err


def test_another_proposal_than_the_announced_one_is_refused(untaxed: Shop) -> None:
    verdict = first_verdict(untaxed)
    with model_server(Says(WHOLE)) as server:
        proposal = kept(untaxed, "proposal", job(untaxed, "propose", "--verdict", verdict, server=server))
    for command in ("verify", "deliver"):
        given = ("--proposal", proposal, "--proposal-digest", "0" * 64)
        ran = job(untaxed, command, *given, *(("--verdict", verdict) if command == "deliver" else ()))
        assert (ran.code, "is not the document that was announced" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("command", "arguments", "why"),
    [
        ("propose", (), "none is configured"),
        ("deliver", (), "give --verdict"),
        ("deliver", ("--verdict", "there/is/none"), "does not exist"),
        ("verify", ("--proposal", "shop"), "shop"),
        ("verify", ("--record", "run.jsonl"), "use it with run"),
        ("verify", ("--verdict", "x"), "--verdict"),
        ("propose", ("--spent-usd", "x"), "--spent-usd"),
        ("propose", ("--spent-usd", "-1"), "no number of dollars"),
        ("propose", ("--spent-usd", "nan"), "no number of dollars"),
        ("propose", ("--spent-usd", ""), "no number of dollars"),
    ],
)
def test_wrong_usage_is_a_sentence(shop: Shop, command: str, arguments: tuple[str, ...], why: str) -> None:
    ran = job(shop, command, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert why in ran.err
    assert "Traceback" not in ran.err


def test_propose_needs_to_know_what_fails(shop: Shop) -> None:
    with model_server(Says(WHOLE)) as server:
        ran = job(shop, "propose", server=server)
    assert (ran.code, "give --verdict, or --report, or --log" in ran.err) == (2, True)


def on_a_runner(tmp_path: Path, **more: str) -> dict[str, str]:
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    return {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main",
        "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path), **more,
    }  # fmt: skip


def outputs(tmp_path: Path) -> dict[str, str]:
    text = (tmp_path / "output").read_text("utf-8")
    (tmp_path / "output").write_text("", "utf-8")
    return {name: value for name, _, value in re.findall(r"(?m)^([\w-]+)<<(\w+)\n(.*)\n\2$", text)}


def test_on_a_runner_documents_and_digests_are_outputs(untaxed: Shop, tmp_path: Path) -> None:
    runner = on_a_runner(tmp_path)
    ran = untaxed.heal("--", *PYTEST, command="verify", environment=runner)
    assert (ran.code, ran.out) == (0, "")
    told = outputs(tmp_path)
    assert (told["outcome"], told["verified"], told["go-on"], told["failures"]) == ("no-fix", "false", "true", "2")
    document = tmp_path / told["document"]
    assert told["document"].endswith("/verdict.json")
    assert hashlib.sha256(document.read_bytes()).hexdigest() == told["digest"]
    assert stat.S_IMODE(document.stat().st_mode) & stat.S_IROTH
    with model_server(Says(WHOLE)) as server:
        keys = {"ANTHROPIC_API_KEY": "k" * 20, "ANTHROPIC_BASE_URL": server.url}
        ran = untaxed.heal(
            f"--verdict={document}", "--spent-usd=0.25", command="propose", environment={**runner, **keys}
        )
    assert (ran.code, ran.out) == (0, "")
    told = outputs(tmp_path)
    assert told["go-on"] == "true"
    assert 0.25 < float(told["cost-usd"]) < 0.35
    summary = (tmp_path / "summary").read_text("utf-8")
    assert "## self-heal: no repair found" in summary
    assert "## self-heal: 1 proposal" in summary
    assert "Nothing of it is proved" in summary


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param({"ANTHROPIC_API_KEY": "anything"}, id="a model's key"),
        pytest.param({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "anything"}, id="the right to an identity"),
        pytest.param({"DEPLOY_KEY": "ghp_" + "a1B2" * 9}, id="another token"),
    ],
)
def test_on_a_runner_nothing_is_run_beside_a_secret(shop: Shop, tmp_path: Path, secret: dict[str, str]) -> None:
    shop.write("tests/test_thief.py", "open('/tmp/ran-beside-a-secret', 'w')\n")
    shop.commit("Add a test")
    ran = shop.heal("--", *PYTEST, command="verify", environment=on_a_runner(tmp_path, **secret))
    assert ran.code == 2
    assert next(iter(secret)) in ran.err
    assert "hold nothing worth stealing" in ran.err
    assert outputs(tmp_path)["reason"] == "job_holds_secrets"
    assert not any(value in ran.err for value in secret.values() if value != "anything")


@pytest.mark.parametrize("command", ["verify", "deliver"])
def test_on_a_runner_a_proposal_is_taken_by_its_digest_alone(untaxed: Shop, tmp_path: Path, command: str) -> None:
    options = ("--proposal=p.json", *((f"--verdict={first_verdict(untaxed)}",) if command == "deliver" else ()))
    untaxed.write("p.json", "{}")
    for digest, reason in (
        ((), "no_digest"),
        (("--proposal-digest=",), "no_digest"),
        (("--proposal-digest= ",), "other_document"),
    ):
        ran = untaxed.heal(*options, *digest, command=command, environment=on_a_runner(tmp_path))
        assert (ran.code, outputs(tmp_path)["reason"]) == (2, reason)


def test_on_a_laptop_keys_that_lie_about_are_not_read(shop: Shop) -> None:
    shop.break_it(MISSPELT)
    with model_server(Says(WHOLE)) as server:
        verdict = job(shop, "verify", "--", *PYTEST, server=server).document
    assert verdict["end"]["outcome"] == "fixed"
    assert server.requests == []


@pytest.mark.parametrize("command", ["verify", "propose", "deliver"])
def test_an_event_about_somebody_else_s_code_starts_no_job(shop: Shop, tmp_path: Path, command: str) -> None:
    event = tmp_path / "event.json"
    run = {"head_repository": {"full_name": "eve/shop"}, "conclusion": "failure", "head_branch": "main"}
    run["head_sha"] = "a" * 40
    event.write_text(json.dumps({"workflow_run": run}), "utf-8")
    about = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "ada/shop"}
    ran = shop.heal(command=command, environment=on_a_runner(tmp_path, **about))
    assert ran.code == 0
    told = outputs(tmp_path)
    assert (told["outcome"], told["reason"]) == ("skipped", "fork")
    assert "document" not in told
