from __future__ import annotations

from healer.engines.model.places import Place, places, touched
from healer.models.code import Location

DIFF = """\
diff --git a/shop/a.py b/shop/a.py
--- a/shop/a.py
+++ b/shop/a.py
@@ -3,7 +3,7 @@ def f():
 x
-y
+z
@@ -40 +40,2 @@
-y
+z
+@@ -1,1 +1,1 @@ no hunk
diff --git a/shop/b.py b/shop/b.py
--- a/shop/b.py
+++ b/shop/b.py
@@ -0,0 +1,2 @@
+--- a/shop/c.py
+z
"""


def at(path: str, line: int, function: str | None, end_line: int | None = None) -> Location:
    return Location(path, line, end_line or line, function, 0.5)


def test_locations_of_one_function_are_one_place_in_the_order_of_its_best() -> None:
    ranked = [at("a.py", 3, "f"), at("b.py", 1, None), at("a.py", 4, "f"), at("a.py", 9, "g")]
    assert [(one.path, one.function, len(one.locations)) for one in places(ranked)] == [
        ("a.py", "f", 2), ("b.py", None, 1), ("a.py", "g", 1),
    ]  # fmt: skip


def test_a_place_is_named_as_a_person_does() -> None:
    assert Place("a.py", "C.f", ()).title == "C.f (a.py)"
    assert Place("a.py", None, ()).title == "the top level of a.py"


def test_what_a_diff_touches_is_told_in_lines_of_the_base() -> None:
    assert touched(DIFF) == (("shop/a.py", 3, 9), ("shop/a.py", 40, 40), ("shop/b.py", 0, 0))


def test_no_diff_touches_nothing() -> None:
    assert touched("") == ()


def test_a_place_is_met_where_ranges_overlap_in_its_file() -> None:
    (place,) = places([at("a.py", 10, "f", 20)])
    assert place.meets([("a.py", 20, 25)])
    assert place.meets([("b.py", 1, 99), ("a.py", 1, 10)])
    assert not place.meets([("a.py", 21, 25)])
    assert not place.meets([("b.py", 10, 20)])
    assert not place.meets([])
