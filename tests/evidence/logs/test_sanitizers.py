from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs.sanitizers import failures
from healer.models.evidence import CaseOutcome


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


ADDRESS = log("""
    =================================================================
    ==22632==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x604000000038 at pc 0x559d6b87d371 bp 0x7ffc05
    READ of size 4 at 0x604000000038 thread T0
        #0 0x559d6b87d370 in use(int*) /home/dev/san/a.cc:10
        #1 0x559d6b87d4e4 in main /home/dev/san/a.cc:13
        #2 0x7f9ad0645249 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58

    0x604000000038 is located 0 bytes to the right of 40-byte region
    allocated by thread T0 here:
        #0 0x7f9ad0cb9628 in operator new[](unsigned long) ../../../../src/libsanitizer/asan/asan_new_delete.cpp:98
        #1 0x559d6b87d4ce in main /home/dev/san/a.cc:12

    SUMMARY: AddressSanitizer: heap-buffer-overflow /home/dev/san/a.cc:10 in use(int*)
    Shadow bytes around the buggy address:
""")

UNDEFINED = log("""
    a.cc:16:38: runtime error: signed integer overflow: 2147483647 + 2 cannot be represented in type 'int'
        #0 0x55645eb3f515 in main /home/dev/san/a.cc:16
    a.cc:16:98: runtime error: shift exponent 34 is too large for 32-bit type 'int'
""")

THREAD = log("""
    ==================
    WARNING: ThreadSanitizer: data race (pid=22644)
      Read of size 4 at 0x55555555a104 by main thread:
        #0 main /home/dev/san/a.cc:17 (tsan+0x251a)

      Previous write of size 4 at 0x55555555a104 by thread T1:
        #0 operator() /home/dev/san/a.cc:18 (tsan+0x2377)

    SUMMARY: ThreadSanitizer: data race /home/dev/san/a.cc:17 in main
    ==================
""")

GO = log("""
    panic: runtime error: index out of range [5] with length 1

    goroutine 1 [running]:
    main.pick(...)
    \t/home/dev/main.go:7
    main.main()
    \t/home/dev/main.go:12 +0x1d
    exit status 2
""")

RUST = log("""
    thread 'main' (812) panicked at src/main.rs:4:10:
    called `Option::unwrap()` on a `None` value
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
""")


@pytest.mark.parametrize(
    ("text", "identity", "place", "message"),
    [
        pytest.param(
            ADDRESS,
            "/home/dev/san/a.cc:10: heap-buffer-overflow",
            ("/home/dev/san/a.cc", 10),
            "AddressSanitizer: heap-buffer-overflow /home/dev/san/a.cc:10 in use(int*)",
            id="address",
        ),
        pytest.param(
            THREAD,
            "/home/dev/san/a.cc:17: data race",
            ("/home/dev/san/a.cc", 17),
            "ThreadSanitizer: data race /home/dev/san/a.cc:17 in main",
            id="thread",
        ),
        pytest.param(
            'plain: a.cc:18: int main(int, char**): Assertion `c == 5 && "why"\' failed.\n',
            "a.cc:18: assertion",
            ("a.cc", 18),
            'Assertion `c == 5 && "why"\' failed.',
            id="assert of glibc",
        ),
        pytest.param(
            "Assertion failed: (x == 1), function f, file a.c, line 3.\n",
            "a.c:3: assertion",
            ("a.c", 3),
            "Assertion failed: (x == 1), function f, file a.c, line 3.",
            id="assert of macOS",
        ),
        pytest.param(
            "free(): double free detected in tcache 2\n",
            "libc: free(): double free detected in tcache 2",
            (None, None),
            "free(): double free detected in tcache 2",
            id="heap",
        ),
        pytest.param(
            "terminate called after throwing an instance of 'std::out_of_range'\n  what():  vector: 4 >= 0\n",
            "terminate: std::out_of_range",
            (None, None),
            "std::out_of_range: vector: 4 >= 0",
            id="uncaught",
        ),
        pytest.param(
            "/bin/sh: line 1:  1234 Segmentation fault      (core dumped) ./gt\n",
            "signal: Segmentation fault",
            (None, None),
            "/bin/sh: line 1:  1234 Segmentation fault      (core dumped) ./gt",
            id="signal",
        ),
        pytest.param(
            GO,
            "/home/dev/main.go:7: panic",
            ("/home/dev/main.go", 7),
            "panic: runtime error: index out of range [5] with length 1",
            id="a Go program",
        ),
        pytest.param(
            RUST,
            "src/main.rs:4: panic",
            ("src/main.rs", 4),
            "called `Option::unwrap()` on a `None` value",
            id="a Rust program",
        ),
    ],
)
def test_a_report_tells_what_happened_and_where_in_the_project(
    text: str, identity: str, place: tuple[str | None, int | None], message: str
) -> None:
    (failure,) = failures(text)
    assert failure.kind is CaseOutcome.ERROR
    assert (failure.id, (failure.file, failure.line), failure.message) == (identity, place, message)


def test_each_undefined_behaviour_is_one() -> None:
    assert [failure.id for failure in failures(UNDEFINED)] == [
        "a.cc:16:38: runtime error",
        "a.cc:16:98: runtime error",
    ]


def test_of_several_stacks_the_first_tells_where_it_happened() -> None:
    (failure,) = failures(ADDRESS)
    assert [frame.line for frame in failure.frames] == [58, 13, 10]


def test_a_signal_is_only_told_where_nothing_else_is() -> None:
    found = failures(f"{ADDRESS}Aborted (core dumped)\n")
    assert [failure.name for failure in found] == ["heap-buffer-overflow"]


@pytest.mark.parametrize(
    "text",
    [
        "The build was Aborted by the user\n",
        "panic: not a program's\n",
        "an Assertion `x' failed. But not so\n",
        "WARNING: DATA RACE\n",
    ],
)
def test_words_in_passing_are_no_report(text: str) -> None:
    assert failures(text) == ()
