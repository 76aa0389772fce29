"""One fixed diagnosis for each variant of the prompt, and the prompts that are kept of them.

`.venv/bin/python -m tests.engines.model.kinds` writes the files in `golden/` anew; read what changed before you commit.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from healer.engines.model.ladder import Angle
from healer.engines.model.places import places
from healer.engines.model.templates import names, template
from healer.models.code import ChangedRange, Culprit, Diagnosis, Excerpt, Location
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, Rule, StackFrame
from healer.models.outcome import Attempt
from healer.ports import RepairTask
from tests.engines.model.shop import BASKET, DIAGNOSIS, FAILURE, TEST, Files, an_engine

if TYPE_CHECKING:
    from healer.ports import SourceTree

GOLDEN = Path(__file__).parent / "golden"

ORDERS = """\
from shop.basket import Basket


def load(row):
    return Basket([row["price"] * row["count"]])
"""
QUERY = """\
def find(connection, name):
    query = "select * from users where name = '%s'" % name
    return connection.execute(query).fetchall()


def handle(connection, request):
    return find(connection, request.args["name"])
"""
CART_TS = """\
export function total(items: Item[]): number {
  return items.reduce((sum, item) => sum + item.prise, 0);
}
"""
JOB = """\
import sys

from shop.orders import load

print(load({"price": 2}))
"""
SOURCE = Files({
    "shop/basket.py": BASKET,
    "shop/orders.py": ORDERS,
    "shop/query.py": QUERY,
    "web/cart.ts": CART_TS,
    "job.py": JOB,
    "tests/test_basket.py": TEST,
})  # fmt: skip


@dataclass(frozen=True)
class Pieces:
    """Shows these files whole, whatever is asked for."""

    files: tuple[str, ...]

    def __call__(self, diagnosis: Diagnosis, source: SourceTree, *, token_budget: int) -> tuple[Excerpt, ...]:
        del diagnosis, token_budget
        texts = {path: source.read(path).decode() for path in self.files}
        return tuple(Excerpt(path, 1, text.count("\n"), text, "suspicious") for path, text in texts.items())


@dataclass(frozen=True)
class Kind:
    """A task whose prompt is kept, and what it is shown."""

    diagnosis: Diagnosis
    files: tuple[str, ...]
    attempts: tuple[Attempt, ...] = ()
    number: int = 1
    angle: Angle | None = None

    @property
    def prompt(self) -> str:
        """The prompt as it is kept: each section under its name, with its size."""
        engine = an_engine(context=Pieces(self.files))
        made = engine.prompt(RepairTask(self.diagnosis, SOURCE, self.number, self.attempts), self.angle)
        parts = [f"{made.variant}: {made.tokens} tokens, from {', '.join(made.templates)}"]
        # The rules are the same everywhere, and stand in their template.
        parts += [f"@@ {one.name}: {one.tokens} tokens\n{one.text}" for one in made.sections if one.name != "rules"]
        return "\n\n".join(parts) + "\n"


def failing(*failures: Failure) -> tuple[FailureCluster, ...]:
    """Return a cluster of each."""
    return tuple(FailureCluster(f"f{number}", (failure,)) for number, failure in enumerate(failures))


EXCEPTION = Failure(
    id="tests/test_orders.py::test_load[one row]",
    name="test_load[one row]",
    kind=CaseOutcome.FAILED,
    type="KeyError",
    message="'count'",
    text="""\
row = {'price': 2}

    def test_load(row):
>       assert load(row).total() == 2
               ^^^^^^^^^

tests/test_orders.py:9:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

row = {'price': 2}

    def load(row):
>       return Basket([row["price"] * row["count"]])
                                      ^^^^^^^^^^^^
E       KeyError: 'count'

shop/orders.py:5: KeyError""",
    frames=(StackFrame("tests/test_orders.py", 9, "test_load"), StackFrame("shop/orders.py", 5, "load")),
)
COLLECTION = Failure(
    id="tests/test_orders.py",
    name="tests/test_orders.py",
    kind=CaseOutcome.ERROR,
    type="ImportError",
    message="cannot import name 'load_all' from 'shop.orders' (shop/orders.py)",
    text="""\
ImportError while importing test module 'tests/test_orders.py'.
tests/test_orders.py:1: in <module>
    from shop.orders import load_all
E   ImportError: cannot import name 'load_all' from 'shop.orders' (shop/orders.py)""",
    frames=(StackFrame("tests/test_orders.py", 1, "<module>"),),
)
FINDING = Failure(
    id="shop/query.py:3:sql-injection",
    name="sql-injection",
    kind=CaseOutcome.FAILED,
    file="shop/query.py",
    line=3,
    type="py/sql-injection",
    message="This SQL query depends on a user-provided value.",
    frames=(StackFrame("shop/query.py", 7, "handle"), StackFrame("shop/query.py", 2, "find")),
    rule=Rule(
        "py/sql-injection",
        name="SQL query built from user-controlled sources",
        level="error",
        description="Building a SQL query from user-controlled sources is vulnerable to insertion of SQL code.",
        help="Use query parameters or prepared statements.",
        severity=8.8,
        tags=("security", "external/cwe/cwe-089"),
    ),
)
_FORM = Rule(
    "B006", name="mutable-argument-default", level="error",
    help="## What it does\nChecks for mutable defaults.\n\n## References\n- nothing of use\n\n"
    "## Example\ndef f(x=[]): ...",
)  # fmt: skip
LINT = Failure(
    id="shop/query.py:1:23: B006",
    name="B006",
    kind=CaseOutcome.FAILED,
    suite="ruff",
    file="shop/query.py",
    line=1,
    type="B006",
    message="Do not use mutable data structures for argument defaults, as on line 6",
    rule=_FORM,
)
CHECK = Failure("check: ruff check", "check: ruff check", CaseOutcome.ERROR, message="ended with exit code 1")
SCRIPT = Failure(
    id="check: python job.py",
    name="check: python job.py",
    kind=CaseOutcome.ERROR,
    message="ended with exit code 3",
    text="reading settings\nno rows: settings.toml has no [rows]\nended early",
)
OTHER_LANGUAGE = Failure(
    id="web/cart.test.ts > total > sums",
    name="sums",
    kind=CaseOutcome.FAILED,
    file="web/cart.test.ts",
    line=4,
    type="AssertionError",
    message="expected NaN to be 3",
    text="AssertionError: expected NaN to be 3\n    at web/cart.test.ts:4:22\n    at total (web/cart.ts:2:20)",
    frames=(StackFrame("web/cart.test.ts", 4), StackFrame("web/cart.ts", 2, "total")),
)
_ORDERS = (Location("shop/orders.py", 5, 5, "load", 0.7, (f"frame 2 of 2 in the traceback of {EXCEPTION.id}",)),)
_CULPRIT = Culprit(
    DIAGNOSIS.commits[0], 1, (ChangedRange("shop/basket.py", 9, 9, ("        return amount - discount\n",)),)
)
_NOW = replace(
    FAILURE, message="assert 30 == 25", text=">       assert basket.total(discount=5) == 25\nE       assert 30 == 25"
)
_TRIED = (
    Attempt(
        1, "anthropic", "claude-haiku-5-5", "still-failing", "still fails: tests/test_basket.py::test_discount",
        "diff --git a/shop/basket.py b/shop/basket.py\nindex 1..2 100644\n--- a/shop/basket.py\n+++ b/shop/basket.py\n"
        "@@ -8,2 +8,2 @@ class Basket:\n         amount = sum(self.items)\n-        return amount + discount\n"
        "+        return amount\n",
        still_failing=(_NOW,),
        newly_failing=(replace(_NOW, id="tests/test_basket.py::test_free", message="assert 30 == 0", text=""),),
    ),
)  # fmt: skip
_REFUSED = (
    Attempt(
        1, "anthropic", "claude-haiku-5-5", "refused", "test_file: tests/test_basket.py is a test; tests are read-only"
    ),
)
_ASKED = (
    Attempt(
        1, "anthropic", "m", "blocked",
        "needs_code: `shop/orders.py`, `Basket.total`, `tests/test_orders.py`, `shop.rates.RATES`",
    ),
)  # fmt: skip
KINDS = {
    "exception": Kind(Diagnosis(failing(EXCEPTION), _ORDERS), ("shop/orders.py", "shop/basket.py")),
    "wrong_result": Kind(DIAGNOSIS, ("shop/basket.py", "tests/test_basket.py")),
    "collection": Kind(Diagnosis(failing(COLLECTION), ()), ("shop/orders.py",)),
    "finding": Kind(
        Diagnosis((FailureCluster("f", (LINT, replace(LINT, id="shop/query.py:6:1: B006", line=6), CHECK)),), ()),
        ("shop/query.py",),
    ),
    "security": Kind(Diagnosis(failing(FINDING), ()), ("shop/query.py",)),
    "script": Kind(Diagnosis(failing(SCRIPT), ()), ("job.py",)),
    "other_language": Kind(Diagnosis(failing(OTHER_LANGUAGE), ()), ("web/cart.ts",)),
    "general": Kind(Diagnosis(failing(FAILURE, EXCEPTION), _ORDERS), ("shop/basket.py", "shop/orders.py")),
    "several": Kind(
        Diagnosis(failing(FAILURE, replace(FAILURE, id="tests/test_basket.py::test_free")), ()),
        ("shop/basket.py",),
    ),
    "culprit": Kind(replace(DIAGNOSIS, culprit=_CULPRIT), ("shop/basket.py",)),
    "second_round": Kind(DIAGNOSIS, ("shop/basket.py", "tests/test_basket.py"), _TRIED, 2),
    "another_place": Kind(
        replace(DIAGNOSIS, locations=(*DIAGNOSIS.locations, *_ORDERS)), ("shop/basket.py", "shop/orders.py"), _TRIED, 2,
        Angle(places(_ORDERS)[0]),
    ),
    "asked": Kind(DIAGNOSIS, ("shop/basket.py",), _ASKED, 2),
    "refused": Kind(DIAGNOSIS, ("shop/basket.py",), _REFUSED, 2),
    "changes_first": Kind(DIAGNOSIS, ("shop/basket.py",), _TRIED, 3, Angle(change=True)),
}  # fmt: skip


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, kind in KINDS.items():
        (GOLDEN / f"{name}.md").write_text(kind.prompt, encoding="utf-8")
    # A version once kept stays as it is: other words want another number in their file.
    kept = GOLDEN / "versions.txt"
    known = dict(line.split() for line in kept.read_text(encoding="utf-8").splitlines()) if kept.exists() else {}
    for one in map(template, names()):
        known.setdefault(f"{one.name}@{one.version}", hashlib.sha256(one.text.encode()).hexdigest()[:16])
    kept.write_text("".join(f"{name} {digest}\n" for name, digest in sorted(known.items())), encoding="utf-8")
