"""A model that lacks code says so, sees it in the next round, and repairs: in a run, from a record, in three jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.model_server import Says, model_server
from tests.shop import FILES, PYTEST, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.model_server import ModelServer
    from tests.shop import Ran

TAXED = (
    FILES["tests/test_cart.py"].replace("import total", "import gross, total")
    + "\n\ndef test_gross():\n    assert gross(100, 'de') == 119\n"
)
CART = "from shop import rates\n\n\n" + FILES["shop/cart.py"] + "\n\ndef gross(net, country):\n    return net\n"
RATES = "__all__ = ['PERCENT']\n\nPERCENT = {'de': 19, 'fr': 20}\n"
ASKS = "Root cause: the tax is left out.\n\nBLOCKED: needs_code\nshop/rates.py\ntests/test_held.py\n/etc/hostname\n"
REPAIRS = """Root cause: the tax is left out.
Strategy: Add it at the country's rate.
Confidence: 0.9

```diff
--- a/shop/cart.py
+++ b/shop/cart.py
@@ def gross(net, country): @@
 def gross(net, country):
-    return net
+    return net * (100 + rates.PERCENT[country]) / 100
```
"""


@pytest.fixture(scope="module")
def untaxed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop with a function that no template repairs; what the rates are called stands in another file."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.git("init", "--quiet", "--initial-branch=main")
    held = "def test_held():\n    assert 'a secret expectation'\n"
    changed = {"shop/cart.py": CART, "shop/rates.py": RATES, "tests/test_cart.py": TAXED, "tests/test_held.py": held}
    for name, text in {**FILES, **changed}.items():
        shop.write(name, text)
    shop.commit("A shop")
    return shop


@pytest.fixture(scope="module")
def verdict(untaxed: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the first verdict on it."""
    path = tmp_path_factory.mktemp("verdict") / "v0.json"
    ran = untaxed.heal("--output", str(path), "--", *PYTEST, command="verify")
    assert ran.code == 0, ran.err
    return path


def ask(shop: Shop, server: ModelServer, *arguments: str, command: str = "run") -> Ran:
    keys = {"ANTHROPIC_API_KEY": "k" * 20, "ANTHROPIC_BASE_URL": server.url}
    return shop.heal(*arguments, command=command, environment=keys)


def test_a_run_shows_what_was_asked_for_and_replays_from_its_record(untaxed: Shop, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    with model_server(Says(ASKS), Says(REPAIRS)) as server:
        options = ("--engine=anthropic", "--deliver=summary", f"--record={record}", "--format=json", "--", *PYTEST)
        ran = ask(untaxed, server, *options)
        first, second = (request.prompt for request in server.requests)
    document = ran.document
    assert (ran.code, document["outcome"]) == (0, "fixed")
    assert [(one["verdict"], one["why"]) for one in document["attempts"]][:1] == [
        ("blocked", "needs_code: `shop/rates.py`, `tests/test_held.py`, `/etc/hostname`")
    ]
    assert [one["verdict"] for one in document["attempts"]] == ["blocked", "verified"]
    assert "PERCENT" not in first
    assert f"asked for\n{RATES}" in second
    assert "- /etc/hostname: nothing of that name in the repository" in second
    assert "- tests/test_held.py: tests that do not fail now" in second
    assert "a secret expectation" not in second

    again = untaxed.heal("--format=json", str(record), command="replay")
    assert again.document["replay"] == {"same": True, "difference": None}
    assert again.document["attempts"] == document["attempts"]


def test_a_run_that_got_nothing_but_wishes_says_so(untaxed: Shop) -> None:
    wishes = [Says(f"BLOCKED: needs_code\nshop/more{number}.py") for number in range(6)]
    with model_server(*wishes) as server:
        ran = ask(untaxed, server, "--engine=anthropic", "--format=json", "--", *PYTEST)
        prompts = [request.prompt for request in server.requests]
    assert (ran.code, ran.document["outcome"], ran.document["reason"]) == (1, "no-fix", "blocked")
    assert "the model lacked code: `shop/more2.py`" in ran.document["sentence"]
    assert ["BLOCKED: needs_code" in prompt for prompt in prompts] == [True, True, False]


def test_three_jobs_grant_a_wish_before_anything_is_verified(untaxed: Shop, verdict: Path, tmp_path: Path) -> None:
    proposal, verified = str(tmp_path / "p1.json"), str(tmp_path / "v1.json")
    with model_server(Says(ASKS), Says(REPAIRS)) as server:
        ran = ask(untaxed, server, "--verdict", str(verdict), "--output", proposal, command="propose")
        assert ran.code == 0, ran.err
        second = server.requests[1].prompt
    assert f"asked for\n{RATES}" in second
    handed = json.loads((tmp_path / "p1.json").read_text("utf-8"))
    assert handed["round"] == 2
    assert [one["why"][:11] for one in handed["attempts"] if one["model"]] == ["needs_code:"]
    ran = untaxed.heal("--proposal", proposal, "--output", verified, "--", *PYTEST, command="verify")
    assert ran.code == 0, ran.err
    end = json.loads((tmp_path / "v1.json").read_text("utf-8"))
    assert (end["end"]["outcome"], end["round"]) == ("fixed", 2)


def test_a_wish_in_a_verdict_is_granted_in_the_next_round(untaxed: Shop, verdict: Path, tmp_path: Path) -> None:
    content = json.loads(verdict.read_text("utf-8"))
    wish = {
        "round": 1, "engine": "anthropic", "model": "m", "verdict": "blocked", "why": "needs_code: `shop/rates.py`",
        "diff": "", "analysis": {"root_cause": "", "impact": "", "strategy": "", "confidence": None},
        "still_failing": [], "newly_failing": [], "lost": [],
    }  # fmt: skip
    wishing = tmp_path / "v1.json"
    wishing.write_text(json.dumps({**content, "round": 1, "attempts": [wish]}), encoding="utf-8")
    with model_server(Says(REPAIRS)) as server:
        assert ask(untaxed, server, "--verdict", str(wishing), command="propose").document["candidates"]
        assert f"asked for\n{RATES}" in server.requests[0].prompt
