from __future__ import annotations

import textwrap

import pytest

from healer.evidence.logs.compilers import failures, tally
from healer.models.evidence import CaseOutcome


def log(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


GCC = log("""
    In file included from src/a.cpp:1:
    src/../inc/h.h: In function `int bad_in_header()':
    src/../inc/h.h:3:37: error: `undefined_name' was not declared in this scope
        3 | inline int bad_in_header() { return undefined_name; }
          |                                     ^~~~~~~~~~~~~~
    src/a.cpp: In function `int f(int)':
    src/a.cpp:4:20: warning: unused variable `unused' [-Wunused-variable]
        4 | int f(int x) { int unused; return y; }
          |                    ^~~~~~
    src/a.cpp:7:68: error: `string' is not a member of `std'
        7 | int main() { std::string s = 3; }
          |                   ^~~~~~
    src/a.cpp:4:1: note: `std::string' is defined in header `<string>'; did you forget to `#include <string>'?
        3 | #include <algorithm>
      +++ |+#include <string>
    In file included from /usr/include/c++/12/vector:60,
                     from src/a.cpp:2:
    /usr/include/c++/12/bits/predefined_ops.h: In instantiation of `constexpr bool less(I, J) [with I = S]':
    /usr/include/c++/12/bits/stl_algo.h:1809:14:   required from `void std::__insertion_sort(I, I, C)'
    src/a.cpp:7:41:   required from here
    /usr/include/c++/12/bits/predefined_ops.h:45:23: error: no match for `operator<' (operand types are `S' and `S')
       45 |       { return *__it1 < *__it2; }
    src/w.c:1:22: error: unused variable `unused' [-Werror=unused-variable]
        1 | int main(void) { int unused = 3; return 0; }
    cc1: all warnings being treated as errors
    src/b.c:1:10: fatal error: nothere.h: No such file or directory
        1 | #include <nothere.h>
          |          ^~~~~~~~~~~
    compilation terminated.
    cc1: fatal error: nosuch.c: No such file or directory
    make[2]: *** [CMakeFiles/d.dir/build.make:97: d] Error 1
""")

CLANG = log("""
    src/a.cpp:4:35: error: use of undeclared identifier 'y'
    int f(int x) { int unused; return y; }
                                      ^
    src/w.c:1:22: error: unused variable 'unused' [-Werror,-Wunused-variable]
    1 warning and 2 errors generated.
    clang: error: linker command failed with exit code 1 (use -v to see invocation)
    src/types.c(10,20): error: no member named 'y' in 'struct point'
""")

LINKERS = log("""
    /usr/bin/ld: CMakeFiles/d.dir/src/d.c.o: in function `main':
    d.c:(.text+0xa): undefined reference to `nowhere'
    /usr/bin/ld: d.c:(.text+0x10): undefined reference to `global_var'
    /usr/bin/ld: /home/dev/src/e.c:3: undefined reference to `elsewhere(int)'
    /usr/bin/ld: cannot find -lnosuch: No such file or directory
    collect2: error: ld returned 1 exit status
    ld.lld: error: undefined symbol: foo
    >>> referenced by a.c:3
    >>>               a.o:(main)
    Undefined symbols for architecture x86_64:
      "_bar", referenced from:
          _main in main.o
    ld: symbol(s) not found for architecture x86_64
    ld: library 'thing' not found
""")

RUST = log("""
       Compiling bad v0.1.0 (/home/dev/bad)
    error[E0308]: mismatched types
     --> src/lib.rs:2:21
      |
    2 | pub fn f() -> i32 { "a" }
      |               ---   ^^^ expected `i32`, found `&str`

    warning: unused variable: `unused`
     --> src/lib.rs:3:69

    error: this file contains an unclosed delimiter
     --> src/lib.rs:5:45

    Some errors have detailed explanations: E0308, E0382, E0425, E0432.
    error: could not compile `bad` (lib test) due to 5 previous errors; 1 warning emitted
    error[E0308]: mismatched types
     --> src/lib.rs:2:21
      |

    error: linking with `cc` failed: exit status: 1
      |
      = note: "cc" "-m64"

    error: failed to push some refs
    src/lib.rs:9:57: error[E0425]: cannot find value `x` in this scope
""")

TYPESCRIPT = log("""
    src/a.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.
      Types of property 'a' are incompatible.
    src/b.ts:1:22 - error TS2307: Cannot find module './missing' or its corresponding type declarations.

    1 import { nope } from './missing';
                           ~~~~~~~~~~~

      src/a.ts:3:31
        3 interface P { a: number; b: { c: string } }
        The expected type comes from property 'c'


    Found 1 error in src/b.ts:1

    error TS18003: No inputs were found in config file 'tsconfig.json'.
""")

JVM = log("""
    src/com/x/A.java:2: error: cannot find symbol
    import java.util.Listt;
                    ^
      symbol:   class Listt
      location: package java.util
    src/com/x/A.java:8: warning: [deprecation] d() in A has been deprecated
    class B extends A { }
    1 error
    [ERROR] /home/dev/src/B.java:[3,5] cannot find symbol
    [ERROR]   symbol:   class Foo
    [ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile
    [ERROR] /home/dev/src/B.java:[3,5] cannot find symbol
    e: file:///home/dev/src/C.kt:3:5 Unresolved reference: foo
    e: /home/dev/src/D.kt: (4, 6): Unresolved reference: bar
    [error] /home/dev/src/E.scala:7:8: type mismatch;
    [error]  found   : String
    w: file:///home/dev/src/C.kt:9:5 Variable 'x' is never used
""")

OTHERS = log("""
    C:\\src\\a.cpp(12): error C2065: 'x': undeclared identifier [C:\\src\\a.vcxproj]
    a.obj : error LNK2019: unresolved external symbol foo referenced in function main
    LINK : fatal error LNK1104: cannot open file 'x.lib'
    Program.cs(5,9): error CS0103: The name 'x' does not exist in the current context [/home/dev/a.csproj]
    kernel.cu(3): error: identifier "y" is undefined
    Sources/A/a.swift:3:5: error: cannot find 'x' in scope
    # example.com/demo/broken
    broken/b.go:5:23: undefined: undefinedThing
    vet: ./c.go:6:2: undeclared name: missing
    starting
    server.go:5:23: a log line
    setupf/s_test.go:6:2: no required module provides package example.org/assert; to add it:
    CMake Error at CMakeLists.txt:5 (find_package):
      By not providing "FindNoSuch.cmake" this project has asked CMake to find a
      package.

    -- Configuring incomplete, errors occurred!
    make: *** No rule to make target 'x.c', needed by 'x.o'.  Stop.
    Makefile:3: *** missing separator.  Stop.
    ninja: error: 'y.c', needed by 'y.o', missing and no known rule to make it
    make: *** [Makefile:91: all] Error 2
""")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            GCC,
            [
                "src/../inc/h.h:3:37",
                "src/a.cpp:7:68",
                "/usr/include/c++/12/bits/predefined_ops.h:45:23",
                "src/w.c:1:22: -Werror=unused-variable",
                "src/b.c:1:10",
                "cc1: nosuch.c: No such file or directory",
            ],
            id="gcc",
        ),
        pytest.param(
            CLANG,
            ["src/a.cpp:4:35", "src/w.c:1:22: -Werror,-Wunused-variable", "src/types.c:10:20"],
            id="clang",
        ),
        pytest.param(
            LINKERS,
            [
                "src/d.c: undefined reference to `nowhere'",
                "src/d.c: undefined reference to `global_var'",
                "/home/dev/src/e.c:3: undefined reference to `elsewhere(int)'",
                "ld: cannot find nosuch",
                "a.c:3: undefined symbol `foo'",
                "ld: undefined symbol `_bar'",
                "ld: cannot find thing",
            ],
            id="linkers",
        ),
        pytest.param(
            RUST,
            [
                "src/lib.rs:2:21: E0308",
                "src/lib.rs:5:45",
                "cargo: linking with `cc` failed: exit status: 1",
                "src/lib.rs:9:57: E0425",
            ],
            id="rustc",
        ),
        pytest.param(
            TYPESCRIPT,
            ["src/a.ts:3:5: TS2322", "src/b.ts:1:22: TS2307", "tsc: TS18003"],
            id="tsc",
        ),
        pytest.param(
            JVM,
            [
                "src/com/x/A.java:2",
                "/home/dev/src/B.java:3:5",
                "/home/dev/src/C.kt:3:5",
                "/home/dev/src/D.kt:4:6",
                "/home/dev/src/E.scala:7:8",
            ],
            id="javac, maven, gradle, sbt",
        ),
        pytest.param(
            OTHERS,
            [
                "C:\\src\\a.cpp:12: C2065",
                "a.obj: LNK2019",
                "link: LNK1104",
                "Program.cs:5:9: CS0103",
                "kernel.cu:3",
                "Sources/A/a.swift:3:5",
                "broken/b.go:5:23",
                "c.go:6:2",
                "setupf/s_test.go:6:2",
                "CMakeLists.txt:5",
                "make: No rule to make target 'x.c', needed by 'x.o'. Stop.",
                "Makefile:3",
                "ninja: 'y.c', needed by 'y.o', missing and no known rule to make it",
            ],
            id="others",
        ),
        pytest.param("src/a.c:3:5: warning: unused [-Wunused]\n", [], id="a warning is no error"),
        pytest.param("make: *** [Makefile:3: test] Error 1\n", [], id="make only passes on that something failed"),
        pytest.param("error: failed to push some refs to 'x'\n", [], id="other programs say error too"),
        pytest.param("10:11:12: error: the server is away\n", [], id="a time is no place"),
    ],
)
def test_each_error_is_a_failure_with_its_place_and_code(text: str, expected: list[str]) -> None:
    found = failures(text)
    assert [failure.id for failure in found] == expected
    assert {failure.kind for failure in found} <= {CaseOutcome.ERROR}


def of(text: str, identity: str) -> tuple[str, str | None, int | None, str]:
    failure = next(failure for failure in failures(text) if failure.id == identity)
    return failure.message, failure.file, failure.line, failure.text


def test_notes_and_includes_are_in_the_text_of_their_error() -> None:
    text = of(GCC, "src/../inc/h.h:3:37")[3]
    assert text.startswith("In file included from src/a.cpp:1:")
    assert "src/a.cpp:4:20" not in text
    assert "did you forget" in of(GCC, "src/a.cpp:7:68")[3]
    assert "symbol:   class Listt" in of(JVM, "src/com/x/A.java:2")[3]
    assert "Types of property" in of(TYPESCRIPT, "src/a.ts:3:5: TS2322")[3]


def test_an_error_inside_a_library_is_placed_where_the_project_uses_it() -> None:
    assert of(GCC, "/usr/include/c++/12/bits/predefined_ops.h:45:23")[1:3] == ("src/a.cpp", 7)


def test_the_message_is_without_the_code() -> None:
    assert of(GCC, "src/w.c:1:22: -Werror=unused-variable")[0] == "unused variable `unused'"
    assert of(OTHERS, "C:\\src\\a.cpp:12: C2065")[0] == "'x': undeclared identifier"


def test_compilers_count_no_test_cases() -> None:
    assert tally(GCC) is None  # type: ignore[func-returns-value] # that is the point
