"""What recent commits changed is put back piece by piece, the likeliest piece first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from healer.models.code import ChangedHunk, Commit
from tests.engines.embedded.broken_project import Project
from tests.engines.embedded.history import commit_of

if TYPE_CHECKING:
    from pathlib import Path

SHOP = '''"""Prices."""

RATE = 0.2


def gross(net, rate=RATE):
    """Add the tax."""
    return net * (1 + rate)


def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value


def cheapest(prices, limit=3):
    ordered = sorted(prices)
    return ordered[:limit]


def discount(price, member, coupon):
    if member and not coupon:
        return price - 1
    if member or coupon:
        return price - 2
    return price


class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.items = []

    def add(self, name, price, count=1):
        self.items.append((name, price, count))

    def total(self):
        return sum(price * count for _, price, count in self.items)
'''


@dataclass(frozen=True)
class Regression:
    """Replacements made in SHOP by the newest commit: the last one is the fault, those before it were wanted."""

    id: str
    test: str
    fault: tuple[str, str]
    wanted: tuple[tuple[str, str], ...] = ()
    within: int = 1


TABLE = [
    Regression(
        "a comparison",
        "from shop import clamp\ndef test_it():\n    assert clamp(1, 2, 3) == 2\n",
        ("value < low", "value > low"),
    ),
    Regression(
        "a comparison beside a wanted change of its line",
        "from shop import clamp\ndef test_it():\n    assert clamp(9, 2, 3) == 3\n",
        ("if value > high:\n        return high", "if value < high:\n        return min(value, high)"),
        (),
        within=5,
    ),
    Regression(
        "a lost not",
        "from shop import discount\ndef test_it():\n    assert discount(9, True, False) == 8\n",
        ("member and not coupon", "member and coupon"),
    ),
    Regression(
        "swapped arguments",
        "from shop import Basket\ndef test_it():\n    b = Basket('a')\n    b.add('x', 2)\n    assert b.total() == 2\n",
        ("(name, price, count))", "(price, name, count))"),
        within=3,
    ),
    Regression(
        "a slice",
        "from shop import cheapest\ndef test_it():\n    assert cheapest([3, 1, 2], 2) == [1, 2]\n",
        ("ordered[:limit]", "ordered[limit:]"),
        within=3,
    ),
    Regression(
        "a constant among wanted documentation",
        "from shop import gross\ndef test_it():\n    assert gross(10) == 12\n",
        ("RATE = 0.2\n", "RATE = 0.3\n"),
        (('"""Prices."""', '"""Prices, in euro."""'), ('"""Add the tax."""', '"""Return the price with tax."""')),
        within=3,
    ),
    Regression(
        "a removed line",
        "from shop import cheapest\ndef test_it():\n    assert cheapest([3, 1, 2], 2) == [1, 2]\n",
        ("    ordered = sorted(prices)\n    return ordered[:limit]", "    return prices[:limit]"),
        within=4,
    ),
    Regression(
        "a removed statement",
        "from shop import Basket\ndef test_it():\n    assert Basket('a').items == []\n",
        ("        self.items = []\n", ""),
    ),
    Regression(
        "an added early return",
        "from shop import clamp\ndef test_it():\n    assert clamp(1, 2, 3) == 2\n",
        ("    if value < low:", "    if value <= high:\n        return value\n    if value < low:"),
    ),
    Regression(
        "one of several changed functions",
        "from shop import discount\ndef test_it():\n    assert discount(9, False, True) == 7\n",
        ("if member or coupon", "if member and coupon"),
        (
            ("ordered = sorted(prices)", "ordered = sorted(list(prices))"),
            ("return net * (1 + rate)", "return (1 + rate) * net"),
            ("self.owner = owner", "self.owner = str(owner)"),
        ),
        within=2,
    ),
]


def changed(source: str, replacements: tuple[tuple[str, str], ...]) -> str:
    for old, new in replacements:
        assert old in source
        source = source.replace(old, new, 1)
    return source


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in TABLE])
def test_the_faulty_piece_of_the_newest_commit_is_put_back_early(row: Regression, tmp_path: Path) -> None:
    wanted = changed(SHOP, row.wanted)
    broken = changed(wanted, (row.fault,))
    commit = commit_of("Speed up", {"shop.py": SHOP}, {"shop.py": broken})
    project = Project.of(tmp_path, {"shop.py": broken, "tests/test_it.py": row.test}, (commit,))
    found = project.results(60)
    assert {"shop.py": wanted} in found
    assert found.index({"shop.py": wanted}) < row.within, "\n---\n".join(map(str, found[:8]))


def test_an_older_commit_is_reached_through_newer_ones_that_moved_its_lines(tmp_path: Path) -> None:
    broken = changed(SHOP, (("if member or coupon", "if member and coupon"),))
    newer = changed(broken, (("RATE = 0.2\n", "RATE = 0.2\nNAME = 'shop'\nPLACE = 'here'\n"),))
    commits = (
        commit_of("Name the shop", {"shop.py": broken}, {"shop.py": newer}, "bbbbbbb"),
        commit_of("Simplify", {"shop.py": SHOP}, {"shop.py": broken}, "aaaaaaa"),
    )
    test = "from shop import discount\ndef test_it():\n    assert discount(9, False, True) == 7\n"
    project = Project.of(tmp_path, {"shop.py": newer, "tests/test_it.py": test}, commits)
    found = project.candidates(30)
    right = changed(newer, (("if member and coupon", "if member or coupon"),)).encode()
    at = next(number for number, candidate in enumerate(found) if candidate.edits[0].after == right)
    assert at < 4
    assert "aaaaaaa 'Simplify'" in found[at].analysis.root_cause
    assert "`or`" in found[at].analysis.strategy


def test_a_commit_is_reverted_whole_when_no_piece_alone_can_help(tmp_path: Path) -> None:
    before = {"shop.py": SHOP, "other.py": "A = 1\nB = 2\n"}
    after = {"shop.py": changed(SHOP, (("RATE = 0.2", "RATE = 0.1"),)), "other.py": "A = 1\nB = 3\n"}
    test = "import shop, other\ndef test_it():\n    assert (shop.RATE, other.B) == (0.2, 2)\n"
    project = Project.of(tmp_path, {**after, "tests/test_it.py": test}, (commit_of("Both", before, after),))
    assert before in project.results()


def test_a_deleted_source_file_comes_back_with_its_commit(tmp_path: Path) -> None:
    before = {"shop.py": "import extra\n", "extra.py": "ONE = 1\n"}
    after = {"shop.py": "import extra\n"}
    test = "import shop\ndef test_it():\n    assert shop.extra.ONE == 1\n"
    project = Project.of(tmp_path, {**after, "tests/test_it.py": test}, (commit_of("Clean up", before, after),))
    created = [[(edit.path, edit.before, edit.after) for edit in found.edits] for found in project.candidates()]
    assert [("extra.py", None, b"ONE = 1\n")] in created


def test_line_endings_and_foreign_bytes_are_put_back_as_they_were(tmp_path: Path) -> None:
    before = "def f(a):\r\n    # caf\udce9\r\n    return a + 1\r\n"
    after = before.replace("a + 1", "a - 1")
    old, new = "    return a + 1\r\n", "    return a - 1\r\n"
    commit = Commit("abc", "Change", (ChangedHunk("shop.py", 3, (old,), 3, (new,)),))
    encoded = after.encode("utf-8", "surrogateescape")
    test = (
        "import re\ndef test_it():\n    assert re.search(r'a \\+ 1', open('shop.py', 'rb').read().decode('latin-1'))\n"
    )
    project = Project.of(tmp_path, {"shop.py": encoded, "tests/test_it.py": test}, (commit,))
    assert project.candidates()[0].edits[0].after == before.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "path", ["tests/helper.py", "conftest.py", "setup.cfg", ".github/workflows/ci.yml", "requirements.txt"]
)
def test_changes_to_tests_and_configuration_are_not_put_back(path: str, tmp_path: Path) -> None:
    before, after = {path: "a = 1\n"}, {path: "a = 2\n"}
    test = "def test_it():\n    assert 'a = 1' in open('" + path + "').read()\n"
    project = Project.of(tmp_path, {**after, "tests/test_it.py": test}, (commit_of("Change", before, after),))
    assert project.candidates() == []


def test_lines_that_have_changed_again_are_left_alone(tmp_path: Path) -> None:
    first, second, third = ({"shop.py": f"def f():\n    return {value}\n"} for value in (1, 2, 3))
    commits = (Commit("bbb", "Merge"), commit_of("Change", first, second))
    test = "import shop\ndef test_it():\n    assert shop.f() == 1\n"
    project = Project.of(tmp_path, {**third, "tests/test_it.py": test}, commits)
    assert all("Change" not in candidate.analysis.root_cause for candidate in project.candidates())


def test_tests_in_a_file_of_code_are_not_put_back_and_the_code_beside_them_is(tmp_path: Path) -> None:
    text = (
        "fn a() -> u8 {{\n    {}\n}}\n\n#[cfg(test)]\nmod tests {{\n"
        "    #[test]\n    fn b() {{ assert_eq!(a(), {}); }}\n}}\n"
    )
    before, after = ({"lib.rs": text.format(value, value)} for value in (1, 2))
    test = "def test_it():\n    assert '    1\\n' in open('lib.rs').read()\n"
    project = Project.of(tmp_path, {**after, "tests/test_it.py": test}, (commit_of("Change", before, after),))
    assert {candidate.edits[0].after for candidate in project.candidates()} == {text.format(1, 2).encode()}
