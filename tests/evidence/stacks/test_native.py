from __future__ import annotations

import pytest

from tests.traces import Frames, frames

ASAN = """\
==25174==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55e9b1f681d4
READ of size 4 at 0x602000000010 thread T0
    #0 0x55e9b1f681d3 in inner /w/a.c:2
    #1 0x55e9b1f6822b in main /w/my dir/a.c:4:9
    #2 0x55e9b1f680b0 in _start (/w/asan+0x10b0)

freed by thread T0 here:
    #0 0x7f1fc96b76a8 in __interceptor_free ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:52
    #1 0x55e9b1f681fc in outer /w/a.c:3

SUMMARY: AddressSanitizer: heap-use-after-free /w/a.c:2 in inner
"""
TSAN = """\
WARNING: ThreadSanitizer: data race (pid=25199)
  Read of size 4 at 0x557e8dc3b094 by thread T2:
    #0 w() /w/t.cc:3 (tsan+0x123c)
    #1 std::__invoke<void (*)()>(void (*&&)()) /usr/include/c++/12/bits/invoke.h:96 (tsan+0x1d4d)

  Previous write of size 4 at 0x557e8dc3b094 by thread T1:
    #0 v() /w/t.cc:4 (tsan+0x1254)
"""
UBSAN = """\
u.cc:4:36: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'
    #0 0x55bbe09441c0 in add(int, int) /w/u.cc:4
    #1 0x55bbe09441e7 in main /w/u.cc:5
"""
GDB = """\
Breakpoint 1, inner (p=0x5555555592a0, i=0) at a.c:2
#0  inner (p=0x5555555592a0, i=0) at a.c:2
#1  0x00005555555551a2 in outer () at a.c:3
"""
GO = """\
    calc_test.go:5: before
panic: runtime error: index out of range [3] with length 3 [recovered]
\tpanic: runtime error: index out of range [3] with length 3

goroutine 20 [running]:
panic({0x518a00, 0xc0000ce030})
\t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212
example.com/m/pkg.(*T).Get(0x56ca37?, 0x27?)
\t/w/m/pkg/calc.go:5 +0x30
example.com/m/pkg.Outer(...)
\t/w/m/pkg/calc.go:10
created by testing.(*T).Run in goroutine 1
\t/usr/lib/go-1.19/src/testing/testing.go:1493 +0x35f

goroutine 1 [chan receive]:
main.main()
\t/w/m/main.go:3 +0x6a
"""
GO_RACE = """\
WARNING: DATA RACE
Read at 0x00c by goroutine 8:
  main.f()
      /w/a.go:5 +0x3e

Previous write at 0x00 by goroutine 7:
  main.g()
      /w/a.go:9 +0x4

Goroutine 8 (running) created at:
  main.main()
      /w/a.go:20 +0x5
"""
TESTIFY = """\
        \tError Trace:\t/w/a_test.go:12
        \t            \t\t\t\t/w/b_test.go:30
        \tError:      \tNot equal:\x20
"""
RUST = """\
thread 'tests::idx' (25420) panicked at src/lib.rs:1:42:
index out of bounds: the len is 3 but the index is 3
stack backtrace:
   0: core::panicking::panic_bounds_check
             at /rustc/5980/library/core/src/panicking.rs:271:5
   1: mycrate::get
             at ./src/lib.rs:1:42
   2:     0x5646d713693a - mycrate[c1f1a4ba060b9bfa]::tests::idx
                               at /w/rs/src/lib.rs:8:16
   3: mycrate::outer::h0123456789abcdef
             at ./src/b.rs:5
   4: no::place
note: run with `RUST_BACKTRACE=full` for a verbose backtrace.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            ASAN,
            [
                ("/w/a.c", 3, "outer"),
                ("../../../../src/libsanitizer/asan/asan_malloc_linux.cpp", 52, "__interceptor_free"),
                ("/w/my dir/a.c", 4, "main"),
                ("/w/a.c", 2, "inner"),
            ],
            id="the stack of the access comes last, that of the allocation before it",
        ),
        pytest.param(
            TSAN,
            [
                ("/w/t.cc", 4, "v()"),
                ("/usr/include/c++/12/bits/invoke.h", 96, "std::__invoke<void (*)()>(void (*&&)())"),
                ("/w/t.cc", 3, "w()"),
            ],
            id="thread sanitizer",
        ),
        pytest.param(UBSAN, [("/w/u.cc", 5, "main"), ("/w/u.cc", 4, "add(int, int)")], id="undefined behaviour"),
        pytest.param(GDB, [("a.c", 3, "outer"), ("a.c", 2, "inner")], id="gdb"),
        pytest.param(
            "  * frame #0: 0x01 prog`f(x=1) at a.c:5:3\n    frame #1: 0x02 prog`main at a.c:9:1",
            [("a.c", 9, "main"), ("a.c", 5, "f")],
            id="lldb",
        ),
        pytest.param(
            " 0# f() at /p/a.cpp:5\n 1# main at /p/a.cpp:9",
            [("/p/a.cpp", 9, "main"), ("/p/a.cpp", 5, "f()")],
            id="boost",
        ),
        pytest.param(
            "==12==    at 0x1091: f (a.c:5)\n==12==    by 0x1092: main (a.c:9)",
            [("a.c", 9, "main"), ("a.c", 5, "f")],
            id="valgrind",
        ),
        pytest.param("#0 0x7f in g C:\\p\\b.cc:6", [("C:\\p\\b.cc", 6, "g")], id="windows"),
        pytest.param(
            "0 [ra] 0x0001 f(_:) + 12 in prog at /p/A.swift:5:3\n1 static Foo.bar() in prog at /p/B.swift:6:3",
            [("/p/B.swift", 6, "static Foo.bar()"), ("/p/A.swift", 5, "f(_:)")],
            id="swift",
        ),
        pytest.param("/p/A.swift:14: error: A.testX : failed", [("/p/A.swift", 14, None)], id="xctest"),
        pytest.param("#1  0x55 in f\n\tat a.f90:5", [("a.f90", 5, "f")], id="fortran"),
        pytest.param("/p/a.zig:5:3: 0x123 in f (a)", [("/p/a.zig", 5, "f")], id="zig"),
        pytest.param("t.cpp(3): error: x", [("t.cpp", 3, None)], id="msvc"),
        pytest.param(
            GO,
            [
                ("/w/m/main.go", 3, "main.main"),
                ("calc_test.go", 5, None),
                ("/usr/lib/go-1.19/src/testing/testing.go", 1493, "testing.(*T).Run"),
                ("/w/m/pkg/calc.go", 10, "example.com/m/pkg.Outer"),
                ("/w/m/pkg/calc.go", 5, "example.com/m/pkg.(*T).Get"),
                ("/usr/lib/go-1.19/src/runtime/panic.go", 884, "panic"),
            ],
            id="go: the goroutine that panicked comes last",
        ),
        pytest.param(
            GO_RACE,
            [("/w/a.go", 9, "main.g"), ("/w/a.go", 20, "main.main"), ("/w/a.go", 5, "main.f")],
            id="go: a data race",
        ),
        pytest.param(TESTIFY, [("/w/b_test.go", 30, None), ("/w/a_test.go", 12, None)], id="testify"),
        pytest.param(
            "boom\nmain.f\n\t/w/main.go:5\nmain.(*T).G\n\t/w/main.go:9",
            [("/w/main.go", 9, "main.(*T).G"), ("/w/main.go", 5, "main.f")],
            id="go: pkg/errors",
        ),
        pytest.param(
            RUST,
            [
                ("./src/b.rs", 5, "mycrate::outer"),
                ("/w/rs/src/lib.rs", 8, "mycrate::tests::idx"),
                ("./src/lib.rs", 1, "mycrate::get"),
                ("/rustc/5980/library/core/src/panicking.rs", 271, "core::panicking::panic_bounds_check"),
            ],
            id="rust",
        ),
        pytest.param(
            "#5 0x55e9b1f680b0 (/w/asan+0x10b0)\n1 f() + 12 in prog\n1: f.c:3", [("f.c", 3, None)], id="no place"
        ),
        pytest.param("  --> src/lib.rs:5:3", [("src/lib.rs", 5, None)], id="rustc"),
    ],
)
def test_frames_of_compiled_languages(text: str, expected: Frames) -> None:
    assert frames(text) == expected
