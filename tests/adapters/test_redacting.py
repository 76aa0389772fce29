from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from healer.adapters.redacting import RedactingSuite
from healer.errors import SuiteError
from healer.redaction import Redactor
from tests.fakes import FakeRepository, FakeSource, FakeSuite, run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healer.models.proof import SuiteRun

SECRET = "hunter2-and-more"
REDACT = Redactor((SECRET,))


def test_what_tests_print_loses_its_secrets_before_anybody_sees_it() -> None:
    def leaking(_: Mapping[str, bytes], __: int) -> SuiteRun:
        return run_of({"t::a": "failed"}, messages={"t::a": f"password {SECRET}"}, output=f"said {SECRET}")

    run = RedactingSuite(FakeSuite(FakeRepository(FakeSource({})), leaking), REDACT).run()

    assert SECRET not in repr(run)
    assert run.failures[0].message == "password [redacted]"


def test_a_set_up_that_fails_does_not_tell_them_either() -> None:
    def failing(_: Mapping[str, bytes], __: int) -> SuiteRun:
        raise SuiteError(f"the set-up command failed: {SECRET}", code="setup_failed")

    with pytest.raises(SuiteError, match=r"failed: \[redacted\]") as refused:
        RedactingSuite(FakeSuite(FakeRepository(FakeSource({})), failing), REDACT).run()
    assert refused.value.code == "setup_failed"
