from __future__ import annotations

import dataclasses

import pytest

from healer.evidence.findings import finding_of, rule_of
from healer.evidence.fingerprints import fingerprint
from healer.evidence.paths import RepositoryPaths
from healer.models.evidence import Failure, StackFrame

PATHS = RepositoryPaths(["src/shop/cart.py", "src/shop/till.py"])


def finding(**changes: object) -> Failure:
    known: dict[str, object] = {
        "tool": "scanner",
        "file": "src/shop/cart.py",
        "line": 7,
        "column": 3,
        "message": "'total' is used 3 times",
        "frames": (StackFrame("src/shop/till.py", 2),),
        **changes,
    }
    rule = known.pop("rule", "R1")
    return finding_of(rule_of(str(rule)), **known)  # type: ignore[arg-type] # a table's row


SAME = [
    pytest.param({"line": 99, "column": 1}, id="it moved"),
    pytest.param({"message": "'sum' is used 4 times"}, id="other names and numbers"),
    pytest.param({"frames": ()}, id="another flow to it"),
    pytest.param({"text": "more"}, id="another text"),
    pytest.param({"file": "/home/runner/work/shop/src/shop/cart.py"}, id="an absolute path"),
]
OTHER = [
    pytest.param({"rule": "R2"}, id="another rule"),
    pytest.param({"file": "src/shop/till.py"}, id="another file"),
    pytest.param({"message": "something else"}, id="another message"),
]


@pytest.mark.parametrize("paths", [PATHS, None], ids=["repository known", "repository unknown"])
@pytest.mark.parametrize("changes", SAME)
def test_a_finding_keeps_its_fingerprint(changes: dict[str, object], paths: RepositoryPaths | None) -> None:
    assert fingerprint(finding(**changes), paths) == fingerprint(finding(), paths)


@pytest.mark.parametrize("paths", [PATHS, None], ids=["repository known", "repository unknown"])
@pytest.mark.parametrize("changes", OTHER)
def test_another_finding_has_another_fingerprint(changes: dict[str, object], paths: RepositoryPaths | None) -> None:
    assert fingerprint(finding(**changes), paths) != fingerprint(finding(), paths)


def test_two_things_without_a_file_are_two() -> None:
    one, other = (finding(file="", line=None, place=place) for place in ("pkg.f", "pkg.g"))
    assert fingerprint(one) != fingerprint(other)


def test_a_test_with_the_same_words_is_no_finding() -> None:
    assert fingerprint(dataclasses.replace(finding(), rule=None)) != fingerprint(finding())
