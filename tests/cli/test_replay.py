"""A run with a model is recorded over HTTP, the server goes, and the run is played again from the record alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from healer.adapters.models.cassette import digested
from healer.cli.replay import differences
from tests.model_server import Fails, Says, model_server
from tests.shop import FILES, PYTEST, WRONG_SIGN, Shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop import Ran

ANSWER = """\
Root cause: the discount is added.
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
KEY = "sk-ant-api03-made-up-0123456789abcdef"


@dataclass(frozen=True)
class Recorded:
    """A recorded run of the shop, whose server is gone."""

    shop: Shop
    cassette: Path
    ran: Ran

    def replay(self, *arguments: str, cassette: Path | None = None) -> Ran:
        return self.shop.heal("--format=json", *arguments, str(cassette or self.cassette), command="replay")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record a run whose model is wrong at first and right when told so."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.git("init", "--quiet", "--initial-branch=main")
    for name, text in FILES.items():
        shop.write(name, text)
    shop.commit("A shop")
    shop.break_it(WRONG_SIGN)
    cassette = tmp_path_factory.mktemp("records") / "run.jsonl"
    with model_server(Says(NOT_YET), Fails(529), Says(ANSWER)) as server:
        ran = shop.heal(
            "--engine=anthropic", f"--record={cassette}", "--format=json", "--", *PYTEST,
            environment={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url},
        )  # fmt: skip
    assert ran.code == 0, ran.err
    return Recorded(shop, cassette, ran)


def test_a_replay_comes_to_the_same_end_without_a_server_or_a_key(recorded: Recorded) -> None:
    before = recorded.shop.state(), recorded.shop.git("branch", "--list")
    again = recorded.replay()
    assert again.document["replay"] == {"same": True, "difference": None}
    assert again.code == 0
    then, now = recorded.ran.document, again.document
    same = set(then) - {"seconds", "branch", "sentence"}
    assert {name: now[name] for name in same} == {name: then[name] for name in same}
    assert [attempt["verdict"] for attempt in now["attempts"]] == ["still-failing", "verified"]
    assert now["cost_usd"] > 0
    assert (recorded.shop.state(), recorded.shop.git("branch", "--list")) == before


def test_the_record_holds_what_was_said_and_no_key_and_is_for_its_owner_alone(recorded: Recorded) -> None:
    text = recorded.cassette.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert KEY not in text
    assert "authorization" not in text.lower()
    assert lines[0]["run"]["base"] == recorded.ran.document["base"]
    assert lines[0]["run"]["command"] == list(PYTEST)
    assert [line["reply"]["text"] for line in lines if "reply" in line] == [NOT_YET, ANSWER]
    assert len({line["prompt"] for line in lines if "prompt" in line}) == 2
    assert recorded.cassette.stat().st_mode & 0o777 == 0o600


def test_another_repository_is_told_by_the_first_line_that_differs(recorded: Recorded) -> None:
    lines = recorded.cassette.read_text("utf-8").splitlines()
    rewritten = rewrite(recorded.cassette, edited)
    assert len(lines) == len(rewritten.read_text("utf-8").splitlines())
    again = recorded.replay(cassette=rewritten)
    assert again.code == 2
    assert "differs from what was recorded, first in" in again.err
    assert "total_of" in again.err


def edited(line: dict[str, Any]) -> dict[str, Any]:
    if "request" not in line:
        return line
    text = json.dumps(line["request"]).replace("def total(", "def total_of(")
    return {**line, "request": json.loads(text)}


def rewrite(cassette: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Path:
    """Write a changed cassette whose digests are right: somebody who forges one can do that as well."""
    forged, before = [], ""
    for line in map(json.loads, cassette.read_text("utf-8").splitlines()):
        changed = change({name: value for name, value in line.items() if name != "digest"})
        if changed is not None:
            before = digested(changed, before)
            forged.append(json.dumps({**changed, "digest": before}))
    target = cassette.with_name("forged.jsonl")
    target.write_text("\n".join(forged) + "\n", encoding="utf-8")
    return target


def test_a_result_that_came_out_otherwise_is_told(recorded: Recorded) -> None:
    def forge(line: dict[str, Any]) -> dict[str, Any]:
        if "end" in line:
            line["end"]["document"]["engine"] = "openai"
        return line

    again = recorded.replay(cassette=rewrite(recorded.cassette, forge))
    assert again.code == 1
    assert again.document["replay"] == {"same": False, "difference": "engine was 'openai' and is 'anthropic'"}


@pytest.mark.parametrize(
    ("recorded_one", "now", "told"),
    [
        ({"a": 1, "seconds": 2.0, "notes": ["x"]}, {"a": 1, "seconds": 3.0, "notes": []}, []),
        ({"proof": ["passed in 1.2 s"]}, {"proof": ["passed in 3 s"]}, []),
        ({"proof": ["3 of 3 runs"]}, {"proof": ["2 of 3 runs"]}, ["proof was ['3 of 3 runs'] and is ['2 of 3 runs']"]),
        ({"sentence": "proved; see self-heal/0"}, {"sentence": "proved"}, []),
        ({"a": 1}, {"a": 1, "b": 2}, ["b was None and is 2"]),
    ],
)
def test_times_and_places_are_no_differences(
    recorded_one: dict[str, Any], now: dict[str, Any], told: list[str]
) -> None:
    assert list(differences(recorded_one, now)) == told
