"""The ways in which models damage diffs: each is placed right or refused, and none is ever placed wrong."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from healer.models.change import Rejection
from healer.patches.parse import parse_reply
from healer.patches.place import place

if TYPE_CHECKING:
    from collections.abc import Callable

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

Hunks = list[list[str]]


def hunks_of(edit: str, context: int = 3) -> tuple[Hunks, str]:
    after = SOURCE
    for old, new in EDITS[edit]:
        assert after.count(old) == 1
        after = after.replace(old, new)
    lines = list(difflib.unified_diff(SOURCE.splitlines(), after.splitlines(), lineterm="", n=context))[2:]
    hunks: Hunks = []
    for line in lines:
        if line.startswith("@@"):
            hunks.append([line])
        else:
            hunks[-1].append(line)
    return hunks, after


def diff_of(hunks: Hunks, *, number: str | None = None, prefix: bool = True) -> str:
    old, new = ("a/m.py", "b/m.py") if prefix else ("m.py", "m.py")
    body = [line for head, *lines in hunks for line in (head if number is None else number, *lines)]
    return "\n".join((f"--- {old}", f"+++ {new}", *body)) + "\n"


def fenced(diff: str) -> str:
    return f"The cause:\n\n```diff\n{diff}```\n"


def per_line(change: Callable[[str], str]) -> Callable[[Hunks], str]:
    return lambda hunks: fenced(diff_of([["@@", *map(change, lines)] for _, *lines in hunks]))


def per_hunk(change: Callable[[list[str]], list[str]]) -> Callable[[Hunks], str]:
    return lambda hunks: fenced(diff_of([["@@", *change(lines)] for _, *lines in hunks]))


def without_last(sign: str, replacement: str) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        last = max((index for index, line in enumerate(lines) if line[0] == sign), default=None)
        return [replacement + line[1:] if index == last else line for index, line in enumerate(lines)]

    return change


def outdented(lines: list[str]) -> list[str]:
    depth = min(len(line[1:]) - len(line[1:].lstrip()) for line in lines if line[1:].strip())
    return [line[0] + line[1 + depth :] for line in lines]


def with_tabs(line: str) -> str:
    text = line[1:].lstrip(" ")
    return line[0] + "\t" * ((len(line) - 1 - len(text)) // 4) + text


def search_replace(hunks: Hunks) -> str:
    blocks = []
    for _, *lines in hunks:
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
        blocks.append(f"m.py\n<<<<<<< SEARCH\n{before}=======\n{after}>>>>>>> REPLACE\n")
    return "\n".join(blocks)


def on_context(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda line: f" {change(line[1:])}" if line[0] == " " else line


PLACED: dict[str, Callable[[Hunks], str]] = {
    "nothing": diff_of,
    "wrong line numbers": lambda hunks: diff_of(
        [["@@ -900" + head[head.index(",") :], *lines] for head, *lines in hunks]
    ),
    "wrong counts": lambda hunks: fenced(diff_of(hunks, number="@@ -1,99 +1,98 @@")),
    "no numbers": lambda hunks: fenced(diff_of(hunks, number="@@ ... @@")),
    "no headers": lambda hunks: (
        "`m.py`\n" + fenced("\n".join(line for hunk in hunks for line in hunk) + "\n").partition("\n\n")[2]
    ),
    "no prefixes": lambda hunks: diff_of(hunks, prefix=False),
    "blank context stripped": lambda hunks: diff_of(hunks).replace("\n \n", "\n\n"),
    "context without its space": per_line(lambda line: line[1:] if line[0] == " " else line),
    "outdented": per_hunk(outdented),
    "indented": per_line(lambda line: line[0] + "    " + line[1:]),
    "tabs for spaces": per_line(with_tabs),
    "tabs for spaces in context": per_line(lambda line: with_tabs(line) if line[0] == " " else line),
    "trailing space": per_line(on_context(lambda text: f"{text}  ")),
    "no final newline of the text": lambda hunks: diff_of(hunks).removesuffix("\n"),
    "carriage returns": lambda hunks: diff_of(hunks).replace("\n", "\r\n"),
    "prose around": lambda hunks: fenced(diff_of(hunks)) + "\nThat repairs it.\n",
    "repeated in a second block": lambda hunks: fenced(diff_of(hunks)) * 2,
    "SEARCH/REPLACE": search_replace,
}

REFUSED: dict[str, Callable[[Hunks], str]] = {
    "typo in context": per_line(on_context(lambda text: text.replace("a", "q"))),
    "elided context": per_hunk(lambda lines: [" ...", *lines[1:]]),
    "block not closed": lambda hunks: fenced(diff_of(hunks)).removesuffix("```\n"),
    "renamed": lambda hunks: diff_of(hunks).replace("+++ b/m.py", "+++ b/n.py"),
    "reversed": lambda hunks: (
        diff_of(hunks).translate(str.maketrans("+-", "-+")).replace("+++ a/", "--- a/").replace("--- b/", "+++ b/")
    ),
}

NEVER_WRONG: dict[str, Callable[[Hunks], str]] = {
    "a + forgotten": per_hunk(without_last("+", " ")),
    "a - forgotten": lambda hunks: diff_of([[head, *without_last("-", " ")(lines)] for head, *lines in hunks]),
    "first context line dropped": per_hunk(lambda lines: lines[1:]),
    "inner context line dropped": per_hunk(lambda lines: lines[:1] + lines[2:]),
    "tail cut off": lambda hunks: "\n".join(diff_of(hunks).split("\n")[:-2]) + "\n",
    "half of it cut off": lambda hunks: "\n".join(diff_of(hunks).split("\n")[: -len(hunks[-1]) // 2]) + "\n",
    "some context without its space": per_hunk(
        lambda lines: [lines[0][1:] if lines[0][0] == " " else lines[0], *lines[1:]]
    ),
    "every line a space short": per_line(lambda line: line[0] + line[1:].removeprefix(" ")),
}


def outcome(edit: str, damage: Callable[[Hunks], str], base: bytes, *, context: int = 3) -> bytes | str:
    hunks, _ = hunks_of(edit, context)
    changes = parse_reply(damage(hunks))
    edits = changes if isinstance(changes, Rejection) else place(changes, {"m.py": base}.get)
    return edits.code if isinstance(edits, Rejection) else edits[0].after


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("damage", PLACED.values(), ids=PLACED)
def test_damage_that_leaves_one_meaning_is_placed(edit: str, damage: Callable[[Hunks], str]) -> None:
    assert outcome(edit, damage, SOURCE.encode()) == hunks_of(edit)[1].encode()


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("damage", PLACED.values(), ids=PLACED)
def test_a_file_with_carriage_returns_keeps_them(edit: str, damage: Callable[[Hunks], str]) -> None:
    base, after = (text.replace("\n", "\r\n").encode() for text in (SOURCE, hunks_of(edit)[1]))
    assert outcome(edit, damage, base) == after


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("damage", REFUSED.values(), ids=REFUSED)
def test_damage_that_leaves_doubt_is_refused(edit: str, damage: Callable[[Hunks], str]) -> None:
    assert isinstance(outcome(edit, damage, SOURCE.encode()), str)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("damage", NEVER_WRONG.values(), ids=NEVER_WRONG)
def test_damage_that_may_hide_its_meaning_is_never_placed_wrong(edit: str, damage: Callable[[Hunks], str]) -> None:
    result = outcome(edit, damage, SOURCE.encode())
    assert isinstance(result, str) or result == hunks_of(edit)[1].encode()


@pytest.mark.parametrize("edit", EDITS)
def test_without_context_a_change_is_placed_right_or_refused(edit: str) -> None:
    result = outcome(edit, diff_of, SOURCE.encode(), context=0)
    assert isinstance(result, str) or result == hunks_of(edit)[1].encode()
