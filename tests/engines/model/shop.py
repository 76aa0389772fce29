"""A shop with one wrong sign, its failing test, and an engine that is asked about it over real HTTP on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from healer.adapters.models.anthropic import AnthropicClient
from healer.budget import Budget
from healer.engines.model.engine import ModelEngine
from healer.engines.model.fencing import Fence
from healer.engines.model.ladder import Ladder
from healer.engines.model.reading import Reader
from healer.localization.wanted import wanted
from healer.models.change import FileEdit, Rejection
from healer.models.code import ChangedHunk, Commit, Diagnosis, Excerpt, Location
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, StackFrame
from healer.patches.parse import parse_reply
from healer.patches.place import place
from healer.ports import RepairTask
from tests.model_server import model_server

if TYPE_CHECKING:
    from healer.models.change import Proposal
    from healer.ports import ModelClient, SourceTree
    from tests.model_server import ModelServer, Reply, Request

MARKER = "5f1c9a07b2e4d388"
BASKET = """\
class Basket:
    def __init__(self, items):
        self.items = items

    def total(self, discount=0):
        if not self.items:
            return 0
        amount = sum(self.items)
        return amount + discount
"""
TEST = """\
def test_discount():
    basket = Basket([10, 20])
    assert basket.total(discount=5) == 25
"""
FIXED = BASKET.replace("amount + discount", "amount - discount").encode()
ANALYSIS = "Root cause: It adds.\nImpact: Prices.\nStrategy: Subtract.\nConfidence: 0.95\n\n"
DIFF = """\
```diff
--- a/shop/basket.py
+++ b/shop/basket.py
@@ def total(self, discount=0): @@
             return 0
         amount = sum(self.items)
-        return amount + discount
+        return amount - discount
```
"""
NOWHERE = DIFF.replace("sum(self.items)", "sum(i.price for i in self.items)").replace("return 0", "return None")
SEARCH_REPLACE = """\
shop/basket.py
```
<<<<<<< SEARCH
        return amount + discount
=======
        return amount - discount
>>>>>>> REPLACE
```
"""


@dataclass(frozen=True)
class Files:
    """A source tree of a dictionary."""

    files: dict[str, str] = field(default_factory=lambda: {"shop/basket.py": BASKET, "tests/test_basket.py": TEST})

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path].encode()


FAILURE = Failure(
    id="tests/test_basket.py::test_discount",
    name="test_discount",
    kind=CaseOutcome.FAILED,
    type="AssertionError",
    message="assert 35 == 25",
    text=">       assert basket.total(discount=5) == 25\nE       assert 35 == 25",
    frames=(StackFrame("tests/test_basket.py", 3, "test_discount"),),
)
DIAGNOSIS = Diagnosis(
    (FailureCluster("f1", (FAILURE, replace(FAILURE, id="tests/test_basket.py::test_other"))),),
    (Location("shop/basket.py", 9, 9, "Basket.total", 0.9, ("called by the failing test",)),),
    (
        Commit(
            "8f2c1d7e55aa",
            "Simplify totals",
            (
                ChangedHunk(
                    "shop/basket.py",
                    9,
                    ("        return amount - discount\n",),
                    9,
                    ("        return amount + discount\n",),
                ),
            ),
        ),
    ),
)


def whole_files(diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
    del diagnosis, token_budget
    texts = {path: source.read(path).decode() for path in sorted(source.paths)}
    return tuple(Excerpt(path, 1, text.count("\n"), text, "whole file") for path, text in texts.items())


def read_reply(text: str, source: SourceTree) -> tuple[FileEdit, ...] | Rejection:
    changes = parse_reply(text)
    if isinstance(changes, Rejection):
        return changes
    return place(changes, lambda path: source.read(path) if path in source.paths else None)


def a_client(server: ModelServer, model: str = "claude-haiku-5-5", budget: Budget | None = None) -> AnthropicClient:
    """Return a client of a real server on loopback."""
    return AnthropicClient(
        api_key="made-up-key", model=model, base_url=server.url, budget=budget or Budget(1.0, 9), sleep=lambda _: None
    )


def an_engine(*clients: ModelClient, later: tuple[ModelClient, ...] = (), **options: Any) -> ModelEngine:
    """Return an engine that is shown whole files."""
    fence = Fence(MARKER, options.pop("redact", str))
    reader = Reader(options.pop("context", whole_files), options.pop("tokens", 2_000), wanted=wanted)
    read = options.pop("read_reply", read_reply)
    return ModelEngine(Ladder(clients, later), "anthropic", reader, read, fence, **options)


def proposals(
    *script: Reply, task: RepairTask | None = None, budget: Budget | None = None, **options: Any
) -> tuple[list[Proposal], list[Request]]:
    """Let the engine propose once while the script answers; return what it proposed and what it asked."""
    with model_server(*script) as server:
        engine = an_engine(a_client(server, budget=budget), **options)
        return list(engine.propose(task or RepairTask(DIAGNOSIS, Files()))), server.requests


def said(message: dict[str, Any]) -> str:
    """Return the text of one turn, whether it is sent whole or in blocks."""
    content = message["content"]
    return content if isinstance(content, str) else "\n\n".join(block["text"] for block in content)


def question(request: Request) -> str:
    """Return the user's first turn, the stable part and the volatile one."""
    return said(request.body["messages"][0])
