from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.clusters import cluster
from healer.evidence.fingerprints import fingerprint
from healer.evidence.masking import masked, message_shape
from healer.evidence.paths import RepositoryPaths
from healer.models.evidence import CaseOutcome, Failure, StackFrame

PATHS = RepositoryPaths(["pkg/core.py", "pkg/io.py", "tests/test_a.py", "tests/test_b.py", "tests/conftest.py"])


def failure(
    identity: str,
    kind: str | None = "ValueError",
    message: str = "bad 1",
    *frames: tuple[str, int, str],
    outcome: CaseOutcome = CaseOutcome.FAILED,
) -> Failure:
    return Failure(
        id=identity,
        name=identity.rpartition("::")[2],
        kind=outcome,
        type=kind,
        message=message,
        frames=tuple(StackFrame(*frame) for frame in frames),
    )


def asserting(identity: str, *source: str, message: str = "assert 2 == 1") -> Failure:
    """Return a wrong result: what the report shows of the test's source, and the assertion."""
    text = "\n".join(["def test_it():", *source, "E   assert 2 == 1", "    unrelated(call)"])
    return dataclasses.replace(
        failure(identity, "AssertionError", message, ("tests/test_a.py", 1, identity.rpartition("::")[2])), text=text
    )


def test_one_cause_seen_by_many_tests_is_one_cluster_and_the_largest_comes_first() -> None:
    shared = [
        failure(
            f"tests/test_a.py::test_{number}",
            "ValueError",
            f"bad {number} at 0x7f{number:04x} in '/tmp/x{number}/f'",
            ("tests/test_a.py", 10 + number, f"test_{number}"),
            ("/w/pkg/core.py", 7 + number, "parse"),
            ("/usr/lib/python3.11/json/decoder.py", 3, "decode"),
        )
        for number in range(5)
    ]
    other = failure("tests/test_a.py::test_0", "KeyError", "'a'", ("pkg/io.py", 1, "load"))
    clusters = cluster([other, *shared], PATHS)
    assert [len(one.failures) for one in clusters] == [5, 1]
    assert clusters[0].representative.id == "tests/test_a.py::test_0"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            failure("a::t", "ValueError", "x", ("pkg/core.py", 1, "f")),
            failure("a::u", "ValueError", "x", ("pkg/core.py", 1, "g")),
            id="another function",
        ),
        pytest.param(
            failure("a::t", "ValueError", "x", ("pkg/core.py", 1, "f")),
            failure("a::u", "TypeError", "x", ("pkg/core.py", 1, "f")),
            id="another type",
        ),
        pytest.param(
            asserting("a::t", "    assert core.parse(x) == 1"),
            asserting("a::u", "    assert core.load(x) == 1"),
            id="two tests that ask another function",
        ),
        pytest.param(
            asserting("a::t", "    self.assertEqual(len(x.split()), 1)"),
            asserting("a::u", "    self.assertEqual(len(y.split()), 2)"),
            id="two tests that call only what everybody calls",
        ),
        pytest.param(
            failure("a::t", "ValueError", "x", ("pkg/core.py", 1, "f")),
            asserting("a::u", "    assert f() == 1"),
            id="a crash and a wrong result",
        ),
        pytest.param(
            failure("tests/test_a.py::t", "AssertionError", "assert 1 == 2", ("tests/test_a.py", 1, "t")),
            failure("tests/test_a.py::u", "AssertionError", "assert 1 == 2", ("tests/test_a.py", 9, "u")),
            id="two tests that assert alike",
        ),
        pytest.param(
            failure("a::t", "AttributeError", "module 'm' has no attribute 'x'", ("tests/test_a.py", 1, "t")),
            failure("a::u", "AttributeError", "module 'm' has no attribute 'y'", ("tests/test_a.py", 1, "u")),
            id="two missing names",
        ),
        pytest.param(
            failure("a::t", None, "", outcome=CaseOutcome.ERROR), failure("a::u", None, ""), id="nothing known"
        ),
    ],
)
def test_different_causes_stay_apart(one: Failure, other: Failure) -> None:
    assert len(cluster([one, other], PATHS)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            failure("a::t", "ValueError", "too long", ("pkg/core.py", 1, "f")),
            failure("a::u", "ValueError", "too short", ("pkg/core.py", 1, "f")),
            id="two messages of one function",
        ),
        pytest.param(
            failure("a::t", "TypeError", "'NoneType' object is not callable", ("pkg/core.py", 1, "f")),
            failure("a::u", "TypeError", "'NoneType' object is not callable", ("pkg/io.py", 1, "g")),
            id="two functions that say the same",
        ),
        pytest.param(
            asserting("a::t", "    x = 1", ">   assert parse(x) == 1"),
            asserting("b::u", "    y = parse(2)", ">   assert y == 1"),
            id="two tests that ask one function",
        ),
        pytest.param(
            asserting("a::t", "    assert pkg.format(x) == 1"),
            asserting("a::u", "    assert pkg.format(y) == 2"),
            id="a name that everybody uses, of the package",
        ),
        pytest.param(
            asserting("a::A::test_case_001"), asserting("a::B::test_case_017"), id="generated tests of one series"
        ),
        pytest.param(
            failure("a::t", "KeyError", "there is no such key: colour", ("pkg/core.py", 1, "f")),
            failure("a::u", "pkg.Broken", "line 3: there is no such key: colour", ("pkg/io.py", 1, "g")),
            id="a wrapped error",
        ),
        pytest.param(
            failure("a::t", "KeyError", "there is no such key: colour", ("pkg/core.py", 1, "f")),
            asserting("a::u", message="'too many' does not match 'there is no such key: colour'"),
            id="another message expected",
        ),
        pytest.param(
            failure("tests/test_a.py::t[1]", "AssertionError", "assert 1 == 2", ("tests/test_a.py", 1, "t")),
            failure("tests/test_a.py::t[2]", "AssertionError", "assert 3 == 4", ("tests/test_a.py", 1, "t")),
            id="parameters of one test",
        ),
        pytest.param(
            failure("a::t", "RuntimeError", "broke", ("tests/conftest.py", 3, "database"), outcome=CaseOutcome.ERROR),
            failure("b::u", "RuntimeError", "broke", ("tests/conftest.py", 3, "database"), outcome=CaseOutcome.ERROR),
            id="one fixture",
        ),
        pytest.param(
            failure(
                "tests/test_a.py", "ModuleNotFoundError", "No module named 'x'", ("tests/test_a.py", 1, "<module>")
            ),
            failure(
                "tests/test_b.py", "ModuleNotFoundError", "No module named 'x'", ("tests/test_b.py", 4, "<module>")
            ),
            id="one missing module",
        ),
        pytest.param(
            failure("a::t", "pkg.Broken", "pkg.Broken: no", ("pkg/core.py", 1, "f")),
            failure("a::u", "Broken", "no", ("/elsewhere/pkg/core.py", 9, "f")),
            id="two report formats",
        ),
    ],
)
def test_one_cause_comes_together(one: Failure, other: Failure) -> None:
    assert len(cluster([one, other], PATHS)) == 1


def test_clusters_do_not_depend_on_the_order_of_failures() -> None:
    failures = [
        failure(f"tests/test_a.py::t{number}", "ValueError", "x", ("pkg/core.py", number, f"f{number % 3}"))
        for number in range(12)
    ]
    shuffled = random.Random(3).sample(failures, len(failures))  # noqa: S311 - no secret
    assert cluster(shuffled, PATHS) == cluster(failures, PATHS)


def test_fingerprints_are_sixteen_hexadecimal_digits_and_forget_lines_roots_and_numbers() -> None:
    one = failure("a::t[1]", "ValueError", "bad 1", ("/one/pkg/core.py", 3, "f"))
    other = failure("b::u[2]", "ValueError", "ValueError: bad 27", ("pkg/core.py", 90, "f"))
    assert fingerprint(one, PATHS) == fingerprint(other, PATHS) == fingerprint(one) == fingerprint(other)
    assert int(fingerprint(one), 16) >= 0
    assert len(fingerprint(one)) == 16


def test_without_frames_the_test_itself_tells_fingerprints_apart() -> None:
    assert fingerprint(failure("a::t", None, "Failed")) != fingerprint(failure("a::u", None, "Failed"))


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("took 3.25s, 17 times, -4e-5", "took <number>s, <number> times, <number>"),
        ("<pkg.Thing object at 0x7fdf73fee4d0>", "<pkg.Thing object at <address>>"),
        ("no such file: /tmp/pytest-of-me/x-3/a.txt", "no such file: <path>"),
        ("no such file: C:\\Users\\me\\a.txt", "no such file: <path>"),
        ("at 2026-01-02T03:04:05.678Z and 12:13:14", "at <time> and <time>"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>"),
        ("commit 3f2a91bc0d", "commit <hash>"),
        ("'x.y' is not \"z\" nor b'q' nor `r`", "<quoted> is not <quoted> nor <quoted> nor <quoted>"),
        ("it's a 'b' that isn't", "it's a <quoted> that isn't"),
        ("utf8 and x86_64 stay", "utf8 and x86_64 stay"),
        ("first\nsecond", "first"),
    ],
)
def test_what_changes_from_run_to_run_is_masked(message: str, shape: str) -> None:
    assert message_shape(message) == shape


@given(st.text(max_size=200))
def test_masking_is_stable_on_any_text(message: str) -> None:
    assert message_shape(message) == message_shape(message)
    assert "\n" not in masked(message)


@given(
    st.lists(st.builds(failure, st.text(max_size=8), st.none() | st.text(max_size=8), st.text(max_size=20)), max_size=8)
)
def test_every_failure_lands_in_exactly_one_cluster(failures: list[Failure]) -> None:
    clusters = cluster(failures)
    assert sum(len(one.failures) for one in clusters) == len(failures)
    assert all(one.failures for one in clusters)
