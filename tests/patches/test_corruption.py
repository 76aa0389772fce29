"""Everything that is known to happen to a diff on its way from a model's mind: placed right or refused, never wrong."""

from __future__ import annotations

import random

import pytest

from bench.patches.appliers import Task, ours
from bench.patches.damage import Case, Meaning, Reply, is_unique
from bench.patches.matrix import KINDS
from healer.models.change import Rejection

SOURCE = '''\
"""Accounts and what may be done with them."""

import math


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("nothing to deposit")
        self.balance += amount
        return self.balance

    def withdraw(self, amount):
        if amount > self.balance:
            for reason in ("limit", "balance"):
                print(reason)
            raise ValueError("too little money")
        self.balance -= amount

        return self.balance


def interest(account, rate, years):
    factor = math.pow(1 + rate, years)
    grown = account.balance * factor
    return grown - account.balance


def richest(accounts):
    best = None
    for account in accounts:
        if best is None or account.balance > best.balance:
            best = account
    return best
'''

EDITS = {
    "replaced": [("if amount <= 0:", "if amount < 0:")],
    "inserted": [("        self.balance -= amount\n", "        self.balance -= amount\n        print(amount)\n")],
    "removed": [("                print(reason)\n", "")],
    "two hunks": [
        ("import math\n", "import math\nimport sys\n"),
        ("balance > best.balance", "balance >= best.balance"),
    ],
    "at the end": [("    return best\n", "    return best or []\n")],
    "indented further": [("            best = account\n", "            if account:\n                best = account\n")],
}
DOUBTED = {"typo in context", "a line of context dropped", "elided context"}
"""Kinds of damage that leave one answer to a reader's eye, which is not always enough to be sure."""


def case_of(edit: str, context: int) -> Case:
    after = SOURCE
    for old, new in EDITS[edit]:
        assert after.count(old) == 1
        after = after.replace(old, new)
    return Case("src/m.py", SOURCE, after, context)


def outcome(case: Case, reply: Reply, *, is_crlf: bool = False) -> tuple[bytes | Rejection, bytes]:
    """Return what is made of the reply, and what was meant."""
    before, after = reply.before or case.before, reply.after or case.after
    if is_crlf:
        before, after = (text.replace("\r\n", "\n").replace("\n", "\r\n") for text in (before, after))
    return ours(Task(reply.text, case.path, before.encode())), after.encode()


@pytest.mark.parametrize("context", [3, 5])
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_placed_right_or_refused_and_only_doubt_or_loss_is_refused(
    kind: str, edit: str, context: int
) -> None:
    case = case_of(edit, context)
    reply = KINDS[kind](case, random.Random(f"{kind} {edit} {context}"))  # noqa: S311 - a draw of damage
    if reply is None:  # there is nothing in this edit to be damaged so
        return
    result, intended = outcome(case, reply)
    if isinstance(result, Rejection):
        assert kind in DOUBTED or not is_unique(case, reply), result.message
        assert len(result.message) <= 600
    else:
        assert reply.meaning is not Meaning.LOST
        assert result == intended


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_carriage_returns_keeps_them_under_any_damage(kind: str) -> None:
    case = case_of("two hunks", 3)
    reply = KINDS[kind](case, random.Random(kind))  # noqa: S311 - a draw of damage
    assert reply is not None
    result, intended = outcome(case, reply, is_crlf=True)
    assert isinstance(result, Rejection) or result == intended


@pytest.mark.parametrize("kind", sorted(DOUBTED))
def test_one_fault_in_the_context_is_mostly_seen_through(kind: str) -> None:
    placed = 0
    for draw in range(20):
        case = case_of("two hunks", 5)
        reply = KINDS[kind](case, random.Random(draw))  # noqa: S311 - a draw of damage
        assert reply is not None
        result, intended = outcome(case, reply)
        placed += result == intended
    assert placed >= 10


LINES = "def f(a):\n    start(a)\n    log(a)\n    run(a)\n    stop(a)\n    return a\n"


@pytest.mark.parametrize(
    ("body", "old", "new"),
    [
        pytest.param(
            "    start(a)\n-    log(a)\n    run(a)\n+    log(a)\n    stop(a)\n",
            "    log(a)\n    run(a)\n", "    run(a)\n    log(a)\n",
            id="a line that moves down",
        ),
        pytest.param(
            "def f(a):\n+    check(a)\n    start(a)\n    log(a)\n",
            "    start(a)\n", "    check(a)\n    start(a)\n",
            id="new lines, and a line of context without any sign",
        ),
    ],
)  # fmt: skip
def test_context_that_lost_its_space_is_told_from_new_lines_by_the_signs(body: str, old: str, new: str) -> None:
    reply = f"--- a/m.py\n+++ b/m.py\n@@\n{body}"
    assert ours(Task(reply, "m.py", LINES.encode())) == LINES.replace(old, new).encode()


def test_the_space_that_a_moved_line_lost_may_be_what_was_to_be_changed() -> None:
    reply = "--- a/m.py\n+++ b/m.py\n@@\n    start(a)\n-   log(a)\n+   log(a)\n    run(a)\n"
    assert isinstance(ours(Task(reply, "m.py", LINES.encode())), Rejection)


def test_a_hunk_cut_off_at_the_end_of_a_file_may_have_lost_a_change() -> None:
    reply = (
        "--- a/m.py\n+++ b/m.py\n@@ -1,6 +1,6 @@\n def f(a):\n     start(a)\n-    log(a)\n+    print(a)\n     run(a)\n"
    )
    result = ours(Task(reply, "m.py", LINES.encode()))
    assert isinstance(result, Rejection)
    assert result.code == "truncated"
    longer = LINES * 2
    reply = (
        "--- a/m.py\n+++ b/m.py\n@@ -5,6 +5,6 @@\n     stop(a)\n     return a\n def f(a):\n"
        "-    start(a)\n+    begin(a)\n     log(a)\n"
    )
    placed = longer.replace("    return a\ndef f(a):\n    start", "    return a\ndef f(a):\n    begin")
    assert ours(Task(reply, "m.py", longer.encode())) == placed.encode()
