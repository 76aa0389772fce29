from __future__ import annotations

from healer.evidence.builds import with_diagnostics
from healer.models.evidence import CaseOutcome, Failure, StackFrame

BROKEN = Failure(
    "example.org/tab", "example.org/tab", CaseOutcome.ERROR, message="the package does not build",
    text="the package does not build",
)  # fmt: skip
COMPILER = "# example.org/tab\n./tab.go:385:24: c.htab undefined (type cell has no field or method htab)\n"
PANIC = Failure("example.org/tab::TestX", "TestX", CaseOutcome.ERROR, frames=(StackFrame("tab.go", 3),))


def test_a_package_that_does_not_build_has_what_the_compiler_said() -> None:
    (failure,) = with_diagnostics([BROKEN], COMPILER)
    assert failure.id == BROKEN.id
    assert (failure.file, failure.line) == ("tab.go", 385)
    assert failure.message.startswith("c.htab undefined")
    assert failure.frames


def test_failures_that_tell_their_place_stay() -> None:
    assert with_diagnostics([PANIC, BROKEN], COMPILER)[0] == PANIC
    assert with_diagnostics([PANIC], COMPILER) == (PANIC,)


def test_without_a_compiler_s_words_nothing_is_made_up() -> None:
    assert with_diagnostics([BROKEN], "exit status 1\n") == (BROKEN,)
