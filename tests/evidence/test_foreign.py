from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.evidence.foreign import is_foreign

LIBRARIES = [
    "/usr/lib/python3.11/json/decoder.py",
    "/v/lib/python3.12/site-packages/x.py",
    "C:\\hostedtoolcache\\windows\\Python\\3.11.4\\x64\\Lib\\unittest\\case.py",
    "C:\\Python311\\lib\\json\\decoder.py",
    "<string>",
    "node:internal/process",
    "internal/modules/cjs/loader.js",
    "ext:core/01_core.js",
    "https://deno.land/std/a.ts",
    "/w/node_modules/a.js",
    "webpack://app/webpack/bootstrap",
    "java/util/ArrayList.java",
    "org/junit/jupiter/api/AssertEquals.java",
    "org/apache/maven/surefire/booter/ForkedBooter.java",
    "kotlin/collections/CollectionsKt.kt",
    "kotlin/test/AssertionsKt.kt",
    "clojure/lang/AFn.java",
    "/usr/local/go/src/testing/testing.go",
    "/usr/lib/go-1.19/src/runtime/panic.go",
    "/opt/hostedtoolcache/go/1.21.0/x64/src/testing/testing.go",
    "testing/testing.go",
    "/root/go/pkg/mod/github.com/stretchr/testify@v1.8.0/assert/a.go",
    "github.com/stretchr/testify@v1.8.0/assert/a.go",
    "/rustc/5980/library/core/src/panicking.rs",
    "/home/me/.cargo/registry/src/x/lib.rs",
    "/var/lib/gems/3.1.0/gems/rspec-core-3.12.0/lib/rspec.rb",
    "/usr/lib/ruby/3.1.0/net/http.rb",
    "/w/vendor/bundle/ruby/3.1.0/gems/a-1.0/lib/a.rb",
    "/w/vendor/phpunit/phpunit/src/Framework/TestCase.php",
    "phar:///usr/local/bin/phpunit.phar/src/a.php",
    "/usr/share/php/PHPUnit/Framework/TestCase.php",
    "/_/src/libraries/System.Private.CoreLib/src/System/X.cs",
    "../sysdeps/nptl/libc_start_call_main.h",
    "../../../../src/libsanitizer/asan/asan_malloc_linux.cpp",
    "/usr/include/c++/12/bits/invoke.h",
    "/w/build/_deps/googletest-src/googletest/src/gtest.cc",
    "(elixir 1.14.0) lib/enum.ex",
    "(stdlib 4.2) lists.erl",
    "/w/deps/plug/lib/plug/conn.ex",
    "dart:async/zone.dart",
    "package:test_api/src/backend/invoker.dart",
    "Base ./error.jl",
    "/usr/share/julia/stdlib/v1.9/Test/src/Test.jl",
    "/usr/share/perl/5.36/Test/More.pm",
]
OWN = [
    "/w/lib/python_tools/a.py",
    "pkg/core.py",
    "/home/me/project/a.py",
    "internal/foo/a.go",
    "runtime/interpreter.go",
    "java/src/main/java/com/acme/A.java",
    "com/acme/java/util/A.java",
    "kotlin/src/Main.kt",
    "library/src/a.rs",
    "./src/lib.rs",
    "/home/go/src/github.com/me/project/a.go",
    "src/vendor.php",
    "lib/enum.ex",
    "test/vendor/a.go",
    "misc/foo.c",
    "package:mine/a.dart",
    "gems/mine/lib/a.rb",
    "",
]


@pytest.mark.parametrize("file", LIBRARIES)
def test_a_library_is_told_by_where_it_lies(file: str) -> None:
    assert is_foreign(file)


@pytest.mark.parametrize("file", OWN)
def test_a_file_of_the_project_is_never_taken_for_a_library(file: str) -> None:
    assert not is_foreign(file)


@pytest.mark.parametrize("unit", ["vendor/a/", "a/", "../", "<", "pkg/mod", "x"])
def test_a_path_of_a_megabyte_is_answered(unit: str) -> None:
    assert is_foreign(unit * 1_000_000) is (unit == "<")


@given(st.text(max_size=80))
def test_no_path_makes_it_fail(file: str) -> None:
    assert is_foreign(file) in {True, False}
