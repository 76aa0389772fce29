"""The engine's interface: answers are read to their end, refusals and silences become one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.adapters.sandboxes.containers.engine import Engine, EngineFault
from tests.adapters.sandboxes.containers.answering import answering

if TYPE_CHECKING:
    from pathlib import Path


def test_an_answer_is_returned_and_the_request_sent_as_it_was_meant(tmp_path: Path) -> None:
    with answering(tmp_path, {"POST /containers/create": {"Id": "1"}}) as (engine, server):
        told = engine.call("POST", "/containers/create", {"Image": "é"}, query={"name": "a b"})
    assert told == {"Id": "1"}
    assert server.seen == [("POST /containers/create?name=a+b", {"Image": "é"})]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b"", None, id="nothing"),
        pytest.param(b'{"status": "Pulling"}\r\n{"error": "no"}\r\n', {"error": "no"}, id="the last of several"),
        pytest.param(b"plain text", None, id="no JSON"),
        pytest.param(b"x" * 300_000 + b'\n{"a": 1}', {"a": 1}, id="a long one"),
    ],
)
def test_the_last_of_an_answer_is_what_counts(tmp_path: Path, body: bytes, told: object) -> None:
    with answering(tmp_path, {"GET /x": body}) as (engine, _):
        assert engine.call("GET", "/x") == told


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        pytest.param((409, {"message": "name in use"}), "name in use", id="a refusal"),
        pytest.param((500, b"oops"), "it answered with status 500", id="a refusal without reason"),
        pytest.param((0, b""), "it closed the connection", id="no answer"),
    ],
)
def test_a_refusal_is_a_fault_that_says_why(tmp_path: Path, reply: object, says: str) -> None:
    with answering(tmp_path, {"GET /x": reply}) as (engine, _), pytest.raises(EngineFault, match=says):
        engine.call("GET", "/x")


def test_an_engine_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(EngineFault, match="No such file"):
        Engine(str(tmp_path / "none")).call("GET", "/info")


def test_what_there_is_not_is_none_and_what_is_refused_is_not(tmp_path: Path) -> None:
    with answering(tmp_path, {"GET /refused": (403, {"message": "no"})}) as (engine, _):
        assert engine.found("/nothing") is None
        with pytest.raises(EngineFault):
            engine.found("/refused")


@pytest.mark.parametrize(
    ("message", "decisive"),
    [
        (
            'failed to create task: OCI runtime create failed: runc create failed: exec: "x": not found: unknown',
            'exec: "x": not found',
        ),
        (
            "invalid mount config: bind source path does not exist: /x",
            "invalid mount config: bind source path does not exist: /x",
        ),
        ("one\n  two", "one two"),
        ("failed to create", "failed to create"),
    ],
)
def test_the_decisive_part_of_a_complaint_is_told(message: str, decisive: str) -> None:
    assert EngineFault(message).decisive == decisive
