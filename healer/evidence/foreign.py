"""Whether a path in a trace belongs to a language, a test runner or an installed package: told by where it lies."""

from __future__ import annotations

import functools
import re

_BEGINNINGS = (
    r"<|node:|ext:|bun:|native:|dart:|phar:|org-dartlang-sdk:|internal/[\w/]+(?:\.js)?$",  # what is built in
    r"/usr/(?:local/)?(?:go|lib|lib64|libexec|include|share)/|/nix/store/|/snap/|/lib/x86_64",  # systems
    r"/rustc/|library/(?:std|core|alloc|test|proc_macro)/src/|rust/deps/",
    r"/_/src/(?:libraries|coreclr|mono|xunit|NUnitFramework|Microsoft\.|vstest)",
    r"\((?:elixir|ex_unit|eex|iex|logger|mix|stdlib|kernel|compiler|erts|common_test|eunit)[ )]",
    r"(?:Base|Core) |libraries/(?:base|ghc-prim)/",
    r"(?:gen_server|gen_statem|gen_event|gen|proc_lib|lists|maps|erl_eval|eunit\w*|test_server|init|timer)\.erl$",
    r"package:(?:test|test_api|test_core|matcher|stack_trace|flutter|flutter_test|mockito|mocktail|async|collection)/",
    r"package:(?:http|path|args|meta|bloc|provider|riverpod|dio|boolean_selector|fake_async|stream_channel)/",
    r"testing/(?:testing|benchmark|fuzz)\.go$|reflect/value\.go$|net/http/(?:server|client|transport)\.go$",
    r"runtime/(?:panic|proc|error|iface|chan|select|sema|debug/stack|map\w*|asm_\w+|signal_\w+)\.(?:go|s)$",
    r"(?:\.\./){1,9}(?:sysdeps|csu|nptl|src/lib\w{1,20}san\w{0,20})/|\./(?:nptl/pthread_|stdlib/abort|assert/assert)",
)
_COMPONENTS = (
    r"(?:site|dist)-packages/|lib(?:64)?/python\d|[Pp]ython(?:3\d+|/3[.\d]+/x\d\d)/[Ll]ib/",
    r"node_modules/|\.yarn/|\.pnpm/|\.vite/deps/|webpack/(?:bootstrap|runtime)|deno\.land/|jsr\.io/",
    r"\.rustup/|\.cargo/(?:registry|git)/",
    r"(?:go|go-?\d[\w.-]{0,20}|libexec|x64)/src/(?:testing|runtime|reflect|net|os|io|sync|syscall|internal|fmt|encoding|errors|strings|time|context)/",
    r"pkg/mod/|[\w.-]+@v\d[\w.+-]*/|vendor/[^/]{1,200}/[^\n]{1,1024}\.(?:go|php|js)$|_testmain\.go$|hostedtoolcache/",
    r"gems/[^/]+-\d|lib/ruby/|ruby/gems/|bundler/gems/|vendor/bundle/|rubygems-integration/",
    r"[\w.-]+\.phar(?:/|$)|\.composer/",
    r"googletest|googlemock|gtest/|gmock/|catch2/|catch(?:_amalgamated)?\.[ch]pp$|doctest\.h$|boost/test/|_deps/[\w-]+-src/",
    r"include/c\+\+/|libstdc\+\+|compiler-rt/|libsanitizer/|VC/Tools/MSVC/|Windows Kits/|vctools/|vcpkg/|\.conan2?/",
    r"\.build/checkouts/|Xcode[\w.-]*\.app/|Toolchains/|Pods/",
    r"deps/\w+/(?:lib|src)/|lib/erlang/|\.pub-cache/|\.gradle/|\.m2/",
    r"lib/perl\d?/|share/perl\d?/|perl5/|share/lua/|\.luarocks/|lib/R/|stdlib/v\d|\.julia/(?:packages|stdlib)|\.cabal/|\.stack/",
    r"libraries/System\.|Microsoft\.TestPlatform|\.nuget/",
)
_PACKAGES = (
    r"(?:java|javax|jakarta|jdk|sun|com/sun|kotlin|kotlinx|scala|groovy|clojure)/(?!src/|main/|kotlin/)"
    r"|(?:org/(?:junit|gradle|testng|apache/(?:maven|tools/ant|groovy)|codehaus/groovy|mockito|hamcrest|assertj|opentest4j"
    r"|spockframework|scalatest|scalacheck|specs2|scalajs|jetbrains/(?:plugins|kotlin)|eclipse/jdt|springframework"
    r"|hibernate|slf4j|jboss)|junit|com/intellij/rt|io/(?:kotest|cucumber|mockk|quarkus|netty)|munit|sbt|utest|zio/test"
    r"|worker/org/gradle|net/bytebuddy|cucumber/(?:api|runtime)|android|androidx|dalvik|com/android/internal|com/google/common)/"
)
_CHARACTERS = 4096
_JVM_SOURCE = re.compile(r"\.(?:java|kt|kts|scala|groovy|gvy|clj|cljc)$")

_PLACE = re.compile(
    rf"(?:{'|'.join(_BEGINNINGS)})|.{{0,{_CHARACTERS}}}?(?:(?<![^/])(?:{'|'.join(_COMPONENTS)}))", re.DOTALL
)
_PACKAGE = re.compile(_PACKAGES)


@functools.lru_cache(maxsize=4096)
def is_foreign(file: str) -> bool:
    """Whether a reported path is plainly a language's library or an installed package, not the project."""
    return lies_elsewhere(file) or is_library_package(file)


@functools.lru_cache(maxsize=4096)
def lies_elsewhere(file: str) -> bool:
    """Whether the path lies where only what is installed lies."""
    return bool(_PLACE.match(file[:_CHARACTERS].replace("\\", "/")))


def is_library_package(file: str) -> bool:
    """Whether the path is a class of a well-known JVM library: the project's only if the repository holds it."""
    return bool(_JVM_SOURCE.search(file) and _PACKAGE.match(file))
