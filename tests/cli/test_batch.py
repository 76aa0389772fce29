"""`self-heal run --batch`: cheap and patient, cut off and picked up again, recorded as any run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.cli.settings import Settings, parse_run
from healer.errors import UsageError
from tests.batch_server import batch_server
from tests.cli.test_replay import ANSWER, KEY, NOT_YET
from tests.shop import FILES, PYTEST, WRONG_SIGN, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.batch_server import BatchServer
    from tests.shop import Ran

NEVER = float("inf")
KEYS = {"ANTHROPIC_API_KEY": "k", "HOME": "/home/me"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path / "shop")
    made.path.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    for name, text in FILES.items():
        made.write(name, text)
    made.commit("A shop")
    made.break_it(WRONG_SIGN)
    return made


def heal(shop: Shop, server: BatchServer, *arguments: str) -> Ran:
    state = shop.path.parent / "state"
    return shop.heal(
        "--engine=anthropic", "--batch", f"--state={state}", "--max-cost-usd-per-day=1", "--format=json", *arguments,
        "--", *PYTEST, environment={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url},
    )  # fmt: skip


def test_a_run_that_the_batch_outlasts_is_gone_on_with_by_the_next_one_and_recorded(shop: Shop, tmp_path: Path) -> None:
    cassette = tmp_path / "run.jsonl"
    with batch_server(NOT_YET, ANSWER, polls=NEVER) as server:
        pending = heal(shop, server, "--batch-wait=0")
        server.polls = 0
        fixed = heal(shop, server, "--batch-wait=60", f"--record={cassette}")
        assert len(server.batches) == 2, "one of each run, and none twice"
    assert (pending.code, pending.document["outcome"], pending.document["reason"]) == (
        1,
        "unavailable",
        "batch_pending",
    )
    assert "run the same again later" in pending.document["sentence"]
    assert "msgbatch_01 holds a question, submitted now" in pending.err
    assert [attempt["verdict"] for attempt in pending.document["attempts"]] == ["pending"]
    assert pending.document["cost_usd"] > 0.01, "what it may cost is counted until it is known"
    assert (fixed.code, fixed.document["outcome"]) == (0, "fixed")
    assert [attempt["verdict"] for attempt in fixed.document["attempts"]] == ["still-failing", "verified"]
    assert 0 < fixed.document["cost_usd"] < 0.001
    assert fixed.document["tokens"]["input"] == 60
    assert [path.name for path in (tmp_path / "state" / "batches").iterdir()] == ["lock"]
    again = shop.heal("--format=json", str(cassette), command="replay")
    assert again.document["replay"] == {"same": True, "difference": None}


def test_a_pending_run_can_be_replayed(shop: Shop, tmp_path: Path) -> None:
    cassette = tmp_path / "run.jsonl"
    with batch_server(ANSWER, polls=NEVER) as server:
        assert heal(shop, server, "--batch-wait=0", f"--record={cassette}").code == 1
    again = shop.heal("--format=json", str(cassette), command="replay")
    assert (again.document["reason"], again.document["replay"]["same"]) == ("batch_pending", True)


def test_candidates_of_a_round_go_in_one_batch(shop: Shop) -> None:
    with batch_server(ANSWER) as server:
        assert heal(shop, server, "--candidates=3", "--ensemble=claude-haiku-5-5").code == 0
        (batch,) = server.batches.values()
    models = [request["params"]["model"] for request in batch.requests]
    assert models == ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"]


def settings(*arguments: str, file: dict[str, object] | None = None, **environment: str) -> Settings:
    return parse_run(arguments, {**KEYS, **environment}, file=file)


def test_batches_are_asked_for_by_option_or_by_the_repository_s_file() -> None:
    assert settings().spending.batch is False
    assert (settings("--batch").spending.batch, settings("--batch").spending.batch_seconds) == (True, 3600.0)
    given = settings(file={"batch": True, "batch-wait": 60, "max-minutes": 30}).spending
    assert (given.batch, given.batch_seconds, given.max_minutes) == (True, 60, 30)
    assert settings("--batch", ANTHROPIC_API_KEY="").engines == ("embedded",), (
        "without a model there is nothing to batch"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--batch", "--engine=bedrock", "--model=m"], "not bedrock"),
        (["--batch", "--engine=vertex", "--model=m"], "not vertex"),
        (["--batch", "--engine=openai", "--model=m"], "not openai"),
        (["--batch", "--ensemble=openai:gpt-x"], "not openai"),
        (["--batch", "--escalate-to=bedrock:x", "--reviewer=openai:y"], "not bedrock, openai"),
        (["--batch", "--state=none"], "--batch needs a folder that outlives the run"),
        (["--batch-wait=-1"], "--batch-wait is a number of seconds"),
        (["--batch-wait=nan"], "--batch-wait is a number of seconds"),
        (["--max-minutes=0"], "--max-minutes is a number of minutes"),
        (["--max-minutes=inf"], "--max-minutes is a number of minutes"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_batched_is_refused_up_front(arguments: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings(*arguments)


def test_an_engine_that_is_configured_beside_and_has_no_batches_is_refused_as_well() -> None:
    with pytest.raises(UsageError, match="only --engine anthropic"):
        settings("--batch", "--model=m", OPENAI_API_KEY="k")
