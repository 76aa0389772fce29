"""Commands that fail as a whole: from where they enter the code, and what they call from there."""

from __future__ import annotations

import pytest

from healer.localization import entries
from healer.localization.locate import locate
from healer.models.evidence import CaseOutcome, Failure, FailureCluster
from tests.localization.failing import FakeSourceTree

FILES = {
    "shop/__init__.py": "from shop.cart import total\n",
    "shop/__main__.py": "import sys\nfrom shop.command import main\n\nsys.exit(main())\n",
    "shop/command.py": "from shop import cart\n\n\ndef main():\n    return work([1])\n\n\ndef work(prices):\n"
    "    print(cart.total(prices))\n\n\ndef unused():\n    return 0\n",
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
    "benchmarks/harness.py": "def main():\n    run_all_shop_prices()\n\n\ndef run_all_shop_prices():\n    pass\n",
    "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nshopping = "shop.command:main"\n',
}


def ranked(script: str, name: str = "sh ci/smoke.sh", **more: str) -> list[tuple[str, str | None, str]]:
    tree = FakeSourceTree.of(**{**FILES, "ci/smoke.sh": script, **more})
    failure = Failure(
        name, name, CaseOutcome.ERROR, file=name.rpartition(" ")[2], text="benchmark shop prices: run all failed"
    )
    found: dict[tuple[str, str | None], str] = {}
    for place in locate([FailureCluster("f", (failure,))], tree, ()):
        found.setdefault((place.path, place.function), place.evidence[0])
    return [(path, function, why) for (path, function), why in found.items()]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param('"$python" -m shop --all\n', id="a package as a module"),
        pytest.param("python3 -m shop.__main__\n", id="a module"),
        pytest.param("python shop/__main__.py || exit 1\n", id="a file"),
        pytest.param("python ./shop/__main__.py\n", id="a file from here"),
        pytest.param("shopping --all > out\n", id="an installed command"),
    ],
)
def test_what_the_entry_of_a_command_calls_is_followed_the_nearest_first(script: str) -> None:
    functions = [(path, function) for path, function, _ in ranked(script)]
    assert functions[:3] == [("shop/command.py", "main"), ("shop/command.py", "work"), ("shop/cart.py", "total")]


def test_what_no_entry_reaches_is_not_suspected() -> None:
    assert {path for path, _, _ in ranked("python -m shop\n")} == {"shop/command.py", "shop/cart.py"}
    assert "unused" not in {function for _, function, _ in ranked("python -m shop\n")}


def test_the_evidence_says_where_a_command_enters_and_what_calls_whom() -> None:
    told = {function: why for _, function, why in ranked("python -m shop\n")}
    assert told["main"] == "main is called where sh ci/smoke.sh enters the code"
    assert told["work"] == "work is called by main, behind the entry of sh ci/smoke.sh"
    assert {function: why for _, function, why in ranked("shopping\n")}["main"] == (
        "main is where sh ci/smoke.sh enters the code"
    )


def test_a_script_in_python_enters_where_it_begins() -> None:
    check = {"ci/check.py": "from shop.command import main\n\nmain()\n"}
    functions = [function for _, function, _ in ranked("", "python ci/check.py", **check)]
    assert functions[:2] == ["main", "work"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("python -m pytest\n", id="a runner"),
        pytest.param("python -m far.away\n", id="a module of another package"),
        pytest.param("python /opt/tool.py\n", id="a file elsewhere"),
        pytest.param("python $x.py\n", id="a name that is not known"),
        pytest.param("echo -mshop shoppings\n", id="no command of these"),
    ],
)
def test_other_commands_enter_nothing(script: str) -> None:
    assert not [why for _, _, why in ranked(script) if "enter" in why or "entry" in why]


@pytest.mark.parametrize(
    "project",
    [
        pytest.param("[project", id="broken"),
        pytest.param("project = 1", id="no table"),
        pytest.param("[project]\nscripts = ['shopping']", id="no names"),
        pytest.param("[project.scripts]\nshopping = 3\n", id="no target"),
        pytest.param("[project.scripts]\nshopping = 'no.where:main'\n", id="nowhere"),
        pytest.param("x = " + "[" * 3000, id="nested without end"),
    ],
)
def test_what_a_project_declares_badly_is_passed_over(project: str) -> None:
    found = ranked("shopping\n", **{"pyproject.toml": project})
    assert not [why for _, _, why in found if "enter" in why]


def test_a_script_that_goes_back_to_its_package_ends() -> None:
    ring = {"shop/command.py": "def main():\n    return work()\n\n\ndef work():\n    return main()\n"}
    assert [function for _, function, _ in ranked("python -m shop\n", **ring)] == ["main", "work"]


def test_entries_are_only_so_many() -> None:
    files = {f"shop/tool{number}.py": f"def f{number}(): pass\nf{number}()\n" for number in range(50)}
    script = "".join(f"python -m shop.tool{number}\n" for number in range(50))
    assert len(ranked(script, **files)) == entries.MOST_ENTRIES
