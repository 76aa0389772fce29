from __future__ import annotations

from typing import Any

import pytest

from healer.evidence.formats.sarif_places import Place, Places

BASES = {
    "REPOROOT": {"description": {"text": "no address"}},
    "SRCROOT": {"uri": "src/", "uriBaseId": "REPOROOT"},
    "WORK": {"uri": "file:///home/runner/work/shop/shop/"},
    "BUILD": {"uri": "file:///home/runner/work/shop/shop/build"},
    "DEEP": {"uri": "deep/", "uriBaseId": "WORK"},
    "LOOP": {"uri": "a/", "uriBaseId": "LOOP"},
    "ODD": 3,
}
RUN = {
    "originalUriBaseIds": BASES,
    "artifacts": [
        {"location": {"uri": "lib/x.c", "uriBaseId": "SRCROOT"}, "contents": {"text": "abcd\r\nefg\r\nhijk\r\n"}},
        7,
    ],
    "logicalLocations": [{"name": "f"}, {"fullyQualifiedName": "pkg.mod.f"}],
}


@pytest.mark.parametrize(
    ("artifact", "file"),
    [
        ({"uri": "src/a.py"}, "src/a.py"),
        ({"uri": "./src/a.py"}, "src/a.py"),
        ({"uri": "src/with%20space/%C3%A9.py"}, "src/with space/é.py"),
        ({"uri": "100%.txt"}, "100%.txt"),
        ({"uri": "src\\win\\a.cs"}, "src/win/a.cs"),
        ({"uri": "C:\\win\\a.cs"}, "C:/win/a.cs"),
        ({"uri": "file:///C:/win/a.cs"}, "C:/win/a.cs"),
        ({"uri": "file:///opt/a.py"}, "/opt/a.py"),
        ({"uri": "file://localhost/opt/a.py"}, "/opt/a.py"),
        ({"uri": "file:/opt/a.py"}, "/opt/a.py"),
        ({"uri": "file:///home/runner/work/shop/shop/src/a.py"}, "src/a.py"),
        ({"uri": "file:///home/runner/work/shop/shopping/a.py"}, "/home/runner/work/shop/shopping/a.py"),
        ({"uri": "/opt/a.py", "uriBaseId": "SRCROOT"}, "/opt/a.py"),
        ({"uri": "io/kb.c", "uriBaseId": "SRCROOT"}, "src/io/kb.c"),
        ({"uri": "a.py", "uriBaseId": "REPOROOT"}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "%SRCROOT%"}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "WORK"}, "a.py"),
        ({"uri": "gen/a.c", "uriBaseId": "BUILD"}, "build/gen/a.c"),
        ({"uri": "a.py", "uriBaseId": "DEEP"}, "deep/a.py"),
        ({"uri": "a.py", "uriBaseId": "ODD"}, "a.py"),
        ({"index": 0}, "src/lib/x.c"),
        ({"uri": "given.c", "index": 0}, "given.c"),
        ({"index": 1}, ""),
        ({"index": 9}, ""),
        ({"index": -1}, ""),
        ({"uri": "https://example.org/a.js"}, "https://example.org/a.js"),
        ({}, ""),
        (None, ""),
        ({"uri": 3}, ""),
    ],
    ids=str,
)
def test_a_file_is_named_the_same_on_every_machine(artifact: object, file: str) -> None:
    assert Places(RUN).file(artifact) == file


def test_a_base_that_goes_in_circles_ends() -> None:
    assert Places(RUN).file({"uri": "x", "uriBaseId": "LOOP"}).endswith("a/x")


@pytest.mark.parametrize(
    ("region", "line", "column"),
    [
        ({"startLine": 2}, 2, None),
        ({"startLine": 2, "startColumn": 4, "charOffset": 0}, 2, 4),
        ({"charOffset": 0}, 1, None),
        ({"charOffset": 6, "charLength": 2}, 2, None),
        ({"charOffset": 12}, 3, None),
        ({"charOffset": 9_999}, None, None),
        ({"charOffset": -1}, None, None),
        ({"byteOffset": 3}, None, None),
        ({"startLine": "2"}, None, None),
        ({}, None, None),
    ],
    ids=str,
)
def test_a_line_is_told_or_counted(region: dict[str, Any], line: int | None, column: int | None) -> None:
    place = Places(RUN).place({"physicalLocation": {"artifactLocation": {"index": 0}, "region": region}})
    assert (place.file, place.line, place.column) == ("src/lib/x.c", line, column)


@pytest.mark.parametrize(
    ("location", "place", "shown"),
    [
        ({"logicalLocations": [{"fullyQualifiedName": "a.b"}]}, Place(thing="a.b"), "a.b"),
        ({"logicalLocations": [{"name": "b"}]}, Place(thing="b"), "b"),
        ({"logicalLocations": [{"index": 1}]}, Place(thing="pkg.mod.f"), "pkg.mod.f"),
        ({"logicalLocations": [{}, {"index": 9}]}, Place(), ""),
        (
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a"},
                    "contextRegion": {"startLine": 4, "snippet": {"text": "x"}},
                }
            },
            Place("a", 4, snippet="x"),
            "a:4",
        ),
        ({"message": {"text": "here"}}, Place(message="here"), ""),
        (None, Place(), ""),
        ([], Place(), ""),
    ],
    ids=str,
)
def test_a_place_is_what_the_location_tells(location: object, place: Place, shown: str) -> None:
    found = Places(RUN).place(location)
    assert (found, str(found)) == (place, shown)
