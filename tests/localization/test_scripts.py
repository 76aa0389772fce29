"""Commands that fail as a whole: what they run is read as their test, what they print leads to the code."""

from __future__ import annotations

from dataclasses import replace

from healer.localization.context import gather
from healer.localization.locate import locate
from healer.models.code import Diagnosis, Excerpt
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, Rule
from healer.models.spectra import Hits, Spectra
from tests.localization.failing import FakeSourceTree

CHECK = """import core

for row in core.rows():
    print(row)
"""
CORE = """def rows():
    return [convert(1)]


def convert(value):
    return value


def unrelated_voucher(value):
    return value
"""
SMOKE = "core --voucher 3 || exit 1\n"
TREE = FakeSourceTree.of(**{"ci/check.py": CHECK, "ci/smoke.sh": SMOKE, "core.py": CORE, "far.py": "import os\n"})
FAILED = Failure(
    "check: python ci/check.py", "check: python ci/check.py", CaseOutcome.ERROR, file="ci/check.py", text="no voucher"
)
SHELL = replace(FAILED, id="sh ci/smoke.sh", name="sh ci/smoke.sh", file="ci/smoke.sh", text="ended")


def diagnosed(failure: Failure, ran: Spectra | None = None) -> Diagnosis:
    clusters = (FailureCluster("f", (failure,)),)
    return Diagnosis(clusters, locate(clusters, TREE, (), ran))


def shown(failure: Failure) -> list[Excerpt]:
    return list(gather(diagnosed(failure), TREE, token_budget=4000))


def test_the_script_of_a_command_is_shown_whole() -> None:
    assert [one.text for one in shown(FAILED) if one.path == "ci/check.py"] == [CHECK]
    assert [one.text for one in shown(SHELL) if one.path == "ci/smoke.sh"] == [SMOKE]


def test_what_a_python_script_calls_is_suspected() -> None:
    found = {place.function: place.evidence for place in diagnosed(FAILED).locations}
    assert f"rows is called in {FAILED.id}" in found["rows"]


def test_the_words_that_a_command_prints_and_those_of_its_script_count_where_nothing_is_called() -> None:
    assert "unrelated_voucher" in {place.function for place in diagnosed(SHELL).locations}


def test_words_alone_suspect_nothing_beside_what_a_script_calls() -> None:
    assert "unrelated_voucher" not in {place.function for place in diagnosed(FAILED).locations}


def test_lines_that_ran_in_passing_tests_alone_do_not_hide_the_words() -> None:
    ran = Spectra(1, (), {"far.py": {1: Hits(1, ())}})
    assert "unrelated_voucher" in {place.function for place in diagnosed(SHELL, ran).locations}


def test_a_test_file_that_cannot_be_loaded_is_no_script() -> None:
    failure = Failure("ci/check.py", "ci/check.py", CaseOutcome.ERROR, file="ci/check.py", type="ImportError")
    assert failure.runs is None
    assert all(one.text != CHECK for one in shown(failure))


def test_a_test_case_whose_id_begins_with_its_file_is_no_script() -> None:
    failure = Failure("web/cart.test.ts > adds", "adds", CaseOutcome.ERROR, file="web/cart.test.ts")
    assert failure.runs is None
    assert Failure("node web/run.ts", "node", CaseOutcome.ERROR, file="web/run.ts").runs == "web/run.ts"


def test_an_import_is_shown_with_those_around_it() -> None:
    text = '"""Doc."""\n\nimport os\n\nimport sys\nfrom core import gone\n\nX = 1\n'
    tree = FakeSourceTree.of(**{"core.py": CORE, "user.py": text})
    failure = replace(FAILED, id="t.py", file="t.py", type="ImportError", frames=())
    clusters = (FailureCluster("f", (failure,)),)
    place = replace(diagnosed(FAILED).locations[0], path="user.py", line=6, end_line=6, function=None)
    texts = [one.text for one in gather(Diagnosis(clusters, (place,)), tree, token_budget=4000)]
    assert "import os\n\nimport sys\nfrom core import gone\n" in texts


def test_every_definition_of_a_name_is_shown_where_one_hides_another() -> None:
    twice = "class Set:\n" + "\n".join(f"    def m{n}(self):\n        pass\n" for n in range(20))
    twice += "\n    def __isub__(self):\n        return 1\n\n    def __isub__(self):\n        return 2\n"
    tree = FakeSourceTree.of(**{"sets.py": twice})
    line = twice[: twice.rindex("def __isub__")].count("\n") + 1
    finding = Failure(
        f"sets.py:{line}: F811", "F811", CaseOutcome.FAILED, suite="ruff", file="sets.py", line=line, type="F811",
        message=f"Redefinition from line {line - 3}", rule=Rule("F811"),
    )  # fmt: skip
    clusters = (FailureCluster("f", (finding,)),)
    located = locate(clusters, tree, ())
    assert {line, line - 3} <= {place.line for place in located}
    texts = [one.text for one in gather(Diagnosis(clusters, located), tree, token_budget=4000)]
    assert any("return 1" in text for text in texts)
    assert any("return 2" in text for text in texts)
