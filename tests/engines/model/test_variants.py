from __future__ import annotations

from dataclasses import replace

import pytest

from healer.engines.model.variants import Variant, variant_of
from healer.models.evidence import CaseOutcome, Failure, FailureCluster, Rule, StackFrame
from tests.engines.model.kinds import CHECK, COLLECTION, EXCEPTION, FINDING, LINT, OTHER_LANGUAGE, SCRIPT, failing
from tests.engines.model.shop import FAILURE

UNITTEST = Failure("tests.test_a.Case.test_x", "test_x", CaseOutcome.FAILED, type="AssertionError")
SYNTAX = replace(EXCEPTION, type="builtins.SyntaxError")
SUITE = Failure("the suite as a whole", "the suite as a whole", CaseOutcome.ERROR, message="no test case ran")
CRASH = replace(SUITE, message="the test process ended with exit code 139")
DIED = replace(SCRIPT, frames=(StackFrame("job.py", 3),), type="KeyError", message="'x'")
GO = Failure("example.com/shop/TestTotal", "TestTotal", CaseOutcome.FAILED, file="shop/total_test.go", line=3)
PANIC = replace(GO, file=None, frames=(StackFrame("shop/total.go", 9, "Total"),), kind=CaseOutcome.ERROR)
UNREADABLE = Failure("tests/test_a.py", "tests/test_a.py", CaseOutcome.ERROR, message="?")
FIXTURE = replace(EXCEPTION, kind=CaseOutcome.ERROR)
BANDIT = replace(LINT, id="B602", suite="Bandit")
RUFFS_BANDIT = replace(LINT, id="S602", rule=Rule("S602"))
TAGGED = replace(LINT, id="tagged", suite="x", rule=Rule("x", tags=("Security",)))
BARE = Failure("adds numbers", "adds numbers", CaseOutcome.FAILED)


@pytest.mark.parametrize(
    ("failure", "variant"),
    [
        (EXCEPTION, Variant.EXCEPTION),
        (FIXTURE, Variant.EXCEPTION),
        (FAILURE, Variant.WRONG_RESULT),
        (UNITTEST, Variant.WRONG_RESULT),
        (BARE, Variant.WRONG_RESULT),
        (COLLECTION, Variant.COLLECTION),
        (SYNTAX, Variant.COLLECTION),
        (UNREADABLE, Variant.COLLECTION),
        (FINDING, Variant.SECURITY),
        (LINT, Variant.FINDING),
        (BANDIT, Variant.SECURITY),
        (RUFFS_BANDIT, Variant.SECURITY),
        (TAGGED, Variant.SECURITY),
        (SCRIPT, Variant.SCRIPT),
        (CRASH, Variant.SCRIPT),
        (SUITE, Variant.SCRIPT),
        (DIED, Variant.EXCEPTION),
        (OTHER_LANGUAGE, Variant.OTHER_LANGUAGE),
        (GO, Variant.OTHER_LANGUAGE),
        (PANIC, Variant.OTHER_LANGUAGE),
    ],
    ids=lambda value: value.value if isinstance(value, Variant) else value.id,
)
def test_a_kind_of_failure_has_its_variant(failure: Failure, variant: Variant) -> None:
    assert variant_of(failing(failure)) is variant


def test_mixed_failures_get_the_general_variant() -> None:
    assert variant_of(failing(EXCEPTION, FAILURE)) is Variant.GENERAL
    assert variant_of((FailureCluster("f", (FAILURE, EXCEPTION)),)) is Variant.GENERAL


def test_no_failure_gets_the_general_variant() -> None:
    assert variant_of(()) is Variant.GENERAL


def test_like_failures_keep_their_variant() -> None:
    assert variant_of(failing(FAILURE, replace(FAILURE, id="tests/test_b.py::test_y"))) is Variant.WRONG_RESULT


def test_what_ends_with_an_analyser_s_findings_is_of_their_variant() -> None:
    assert variant_of((FailureCluster("f", (LINT, CHECK)),)) is Variant.FINDING
    assert variant_of((FailureCluster("f", (BANDIT, CHECK)),)) is Variant.SECURITY
    assert variant_of(failing(LINT, FAILURE)) is Variant.GENERAL
