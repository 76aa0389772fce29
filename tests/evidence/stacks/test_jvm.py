from __future__ import annotations

import pytest

from tests.traces import Frames, frames

CHAIN = """\
Exception in thread "main" java.lang.IllegalStateException: outer
second
\tat com.acme.Main$Inner.run(Main.java:4)
\tat com.acme.Main.lambda$main$0(Main.java:6)
\tat java.base/java.lang.Iterable.forEach(Iterable.java:75)
\tat com.acme.Main.main(Main.java:7)
\tSuppressed: java.lang.RuntimeException: sup
\t\tat com.acme.Closing.close(Closing.java:8)
\t\t... 4 more
\tCaused by: java.lang.Error: of what is suppressed
\t\tat com.acme.Closing.inner(Closing.java:9)
Caused by: java.lang.NullPointerException: Cannot invoke "Object.toString()" because "o" is null
\tat com.acme.Main$Inner.deep(Main.java:5)
\t... 4 more
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            CHAIN,
            [
                ("com/acme/Closing.java", 8, "close"),
                ("com/acme/Closing.java", 9, "inner"),
                ("com/acme/Main.java", 7, "main"),
                ("java/lang/Iterable.java", 75, "forEach"),
                ("com/acme/Main.java", 6, "lambda$main$0"),
                ("com/acme/Main.java", 4, "run"),
                ("com/acme/Main.java", 5, "deep"),
            ],
            id="the root cause comes last, what is suppressed first",
        ),
        pytest.param("\tat a.Foo.b(Foo.java:12) ~[foo.jar:1.0]", [("a/Foo.java", 12, "b")], id="with its jar"),
        pytest.param("\tat app//a.Foo.b(Foo.java:12)", [("a/Foo.java", 12, "b")], id="with its loader"),
        pytest.param("\tat l/m@9.0/a.Foo.b(Foo.java:12)", [("a/Foo.java", 12, "b")], id="loader and module"),
        pytest.param("\tat sun.A.b(Native Method)\n\tat a.B.c(Unknown Source)", [], id="without a place"),
        pytest.param("\tat a.CTest.adds (2, 3)(CTest.kt:27)", [("a/CTest.kt", 27, "adds (2, 3)")], id="kotlin"),
        pytest.param(
            "\tat a.Foo$.$anonfun$bar$1(Foo.scala:8)", [("a/Foo.scala", 8, "$anonfun$bar$1")], id="scala lambda"
        ),
        pytest.param(
            "\tat Script1$_run_closure1.doCall(Script1.groovy:3)", [("Script1.groovy", 3, "doCall")], id="groovy"
        ),
        pytest.param("\tat my.ns$f.invokeStatic(ns.clj:5)", [("my/ns.clj", 5, "f")], id="clojure"),
        pytest.param("\tat my.ns$f$fn__12.invoke (ns.clj:7)", [("my/ns.clj", 7, "f")], id="clojure closure"),
        pytest.param(" my-app.core/g (core.clj:9)", [("my_app/core.clj", 9, "g")], id="clojure's own printer"),
        pytest.param("FAIL in (test-add) (core_test.clj:5)", [("core_test.clj", 5, "test-add")], id="clojure.test"),
        pytest.param(
            "\tat \u273d.I do x(file:///p/a.feature:5)", [("file:///p/a.feature", 5, "\u273d.I do x")], id="cucumber"
        ),
        pytest.param("\tat a.b(:5)\n\tat a.b(c.java:x)\n\tat ()", [], id="broken"),
        pytest.param("\tat b(C.java:5)\n\tat a.b(D.java:6", [("D.java", 6, None), ("C.java", 5, None)], id="no class"),
    ],
)
def test_frames_of_the_jvm(text: str, expected: Frames) -> None:
    assert frames(text) == expected
