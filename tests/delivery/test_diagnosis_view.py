"""A diagnosis made ready to be read: functions, their evidence, their sources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.delivery.diagnosis_change import Sign, decisive, told, whole
from healer.delivery.diagnosis_json import diagnosis_document
from healer.models.code import ChangedRange, Location
from tests.diagnoses import COMMIT, CULPRIT, LINE, NEXT, SHOP, SPECTRA, WHOLE, Told


def test_places_of_one_function_are_one_entry_with_its_lines_marked() -> None:
    entries = Told().view().entries
    assert [(entry.path, entry.function, entry.line, entry.end_line) for entry in entries] == [
        ("shop.py", "half", 4, 6),
        ("shop.py", "whole", 9, 10),
    ]
    assert entries[0].marks == {5: 0.8}
    assert entries[0].first == 5
    assert entries[0].suspiciousness == 0.8


def test_a_function_suspected_as_a_whole_has_no_line_marked() -> None:
    entry = Told(locations=(NEXT,)).view().entries[0]
    assert dict(entry.marks) == {}
    assert entry.first == 9


def test_functions_of_one_name_are_told_apart() -> None:
    getter, setter = (
        "    @property\n    def x(self):\n        return 1\n",
        "    @x.setter\n    def x(self, y):\n        pass\n",
    )
    text = f"class A:\n{getter}\n{setter}"
    places = (Location("a.py", 4, 4, "A.x", 0.5), Location("a.py", 8, 8, "A.x", 0.4))
    entries = Told(files={"a.py": text}, locations=places).view().entries
    assert [(entry.line, entry.end_line) for entry in entries] == [(2, 4), (6, 8)]


def test_lines_of_a_file_without_structure_are_one_entry_and_long_ranges_their_own() -> None:
    places = (
        Location("a.js", 3, 3, None, 0.5),
        Location("a.js", 90, 90, None, 0.4),
        Location("a.js", 1, 80, None, 0.2),
    )
    entries = Told(files={"a.js": "x;\n" * 100}, locations=places).view().entries
    assert [(entry.line, entry.end_line, list(entry.marks)) for entry in entries] == [(3, 90, [3, 90]), (1, 80, [])]


def test_evidence_that_differs_by_the_test_alone_is_told_once() -> None:
    assert Told().view().entries[0].evidence == (
        "ran in all 2 failing tests and 0 of 7 passing ones",
        "called in test_half and others",
        "half shares words with test_half",
    )


def test_evidence_that_differs_in_numbers_alone_is_told_as_of_the_worst_line() -> None:
    less = Location("shop.py", 6, 6, "half", 0.3, ("ran in 1 of 2 failing tests and 5 of 7 passing ones",))
    evidence = Told(locations=(LINE, less)).view().entries[0].evidence
    assert evidence[0] == "ran in all 2 failing tests and 0 of 7 passing ones"
    assert len(evidence) == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((0.5, 0.4, 0.01), 3, id="three at least"),
        pytest.param((0.5, 0.4, 0.3, 0.2), 4, id="all that come near"),
        pytest.param((0.5, 0.01, 0.01, 0.01), 3, id="no more that do not"),
        pytest.param((0.5,) * 9, 5, id="at most as many as asked"),
        pytest.param((), 0, id="none"),
    ],
)
def test_what_comes_near_the_worst_is_worth_telling(values: tuple[float, ...], expected: int) -> None:
    text = "".join(f"def f{number}():\n    pass\n" for number in range(len(values)))
    places = tuple(Location("a.py", 2 * n + 2, 2 * n + 2, f"f{n}", value) for n, value in enumerate(values))
    assert len(Told(files={"a.py": text}, locations=places).view().worth_telling(5)) == expected


def test_a_secret_never_leaves_in_source_or_evidence() -> None:
    secret = "correct-horse-battery"
    place = replace(LINE, evidence=(f"changed in abc1234 'Use {secret}'",))
    shown = Told(
        files={"shop.py": SHOP.replace("doubled", f"'{secret}'")}, locations=(place,), secrets=(secret,)
    ).view()
    assert secret not in "".join(shown.sources.lines("shop.py")) + "".join(shown.entries[0].evidence)


def test_a_file_with_a_private_key_is_not_shown_and_keeps_its_line_numbers() -> None:
    key = "x = 1\nKEY = '''-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----'''\ny = 2\n"
    lines = Told(files={"a.py": key}).view().sources.lines("a.py")
    assert len(lines) == 5
    assert not any("MII" in line for line in lines)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a\r\nb\r\n", ("a", "b"), id="line ends of Windows"),
        pytest.param(b"\xef\xbb\xbfa\n", ("a",), id="a byte order mark"),
        pytest.param(b"a\n\nb", ("a", "", "b"), id="no end of the last line"),
        pytest.param(b"\xff\n", ("\ufffd",), id="no UTF-8"),
        pytest.param(b"", (), id="nothing"),
    ],
)
def test_files_are_read_as_lines(data: bytes, expected: tuple[str, ...]) -> None:
    assert Told(files={"a.py": data}).view().sources.lines("a.py") == expected


def test_a_file_that_is_not_there_has_no_lines() -> None:
    assert Told().view().sources.lines("gone.py") == ()


@pytest.mark.parametrize(
    ("wanted", "most", "expected"),
    [
        pytest.param({50}, 100, [(1, 100)], id="a short range is shown whole"),
        pytest.param({50}, 10, [(1, 1), (49, 51)], id="of a long one its first line and what is wanted"),
        pytest.param({2, 4, 90}, 10, [(1, 5), (89, 91)], id="what touches is one piece"),
        pytest.param(set(), 10, [(1, 3)], id="nothing wanted: the beginning"),
        pytest.param({500}, 10, [(1, 3)], id="a line that is not there"),
    ],
)
def test_excerpts(wanted: set[int], most: int, expected: list[tuple[int, int]]) -> None:
    sources = Told(files={"a.py": "x\n" * 100}).view().sources
    pieces = sources.excerpt("a.py", 1, 100, wanted, most=most, around=1)
    assert [(piece.line, piece.line + len(piece.texts) - 1) for piece in pieces] == expected


def test_the_change_that_broke_it_is_shown_as_it_reads_in_the_base() -> None:
    change = next(decisive(CULPRIT, Told().view().sources))
    assert [(line.sign, line.line, line.text) for line in change.lines][3:5] == [
        (Sign.REMOVED, None, "    halved = value / 2"),
        (Sign.ADDED, 5, "    doubled = value * 2"),
    ]
    assert {line.sign for line in (*change.lines[:3], *change.lines[5:])} == {Sign.SAME}


@pytest.mark.parametrize(
    ("after", "line", "shown"),
    [(4, 5, "   -   "), (10, 10, "   -"), (0, 1, "-   ")],
    ids=["in the midst", "at the end", "at the start"],
)
def test_lines_that_were_only_taken_out_put_nothing_in(after: int, line: int, shown: str) -> None:
    taken_out = ChangedRange("shop.py", line, line, ("    check(value)\n",), stood_after=after)
    lines = next(decisive(replace(CULPRIT, changes=(taken_out,)), Told().view().sources)).lines
    assert "".join(line.sign for line in lines) == shown


@pytest.mark.parametrize(
    ("age", "expected"), [(0, "the newest commit"), (1, "1 commit before the newest"), (3, "3 commits before")]
)
def test_a_culprit_is_named_by_its_age(age: int, expected: str) -> None:
    assert expected in told(replace(CULPRIT, age=age))


def test_what_a_commit_changed_is_shown_as_far_as_there_is_room() -> None:
    hunk = COMMIT.hunks[0]
    culprit = replace(CULPRIT, commit=replace(COMMIT, hunks=(hunk, replace(hunk, new_lines=("x\n",) * 50), hunk)))
    shown, left = whole(culprit, Told().view().sources, 4)
    assert (len(shown), left) == (2, 51)


def test_the_document_has_all_keys_with_everything_known() -> None:
    document = diagnosis_document(Told(culprit=CULPRIT, spectra=SPECTRA, left_out=("the rest",)).view())
    assert document["locations"][0] == {
        "file": "shop.py",
        "line": 5,
        "end_line": 5,
        "function": "half",
        "suspiciousness": 0.8,
        "evidence": list(LINE.evidence),
    }
    assert document["functions"][0]["lines"] == [{"line": 5, "suspiciousness": 0.8}]
    assert document["culprit"] == {
        "commit": COMMIT.id,
        "subject": "Double it",
        "age": 0,
        "changes": [{"file": "shop.py", "line": 5, "end_line": 5, "earlier": ["    halved = value / 2"]}],
    }
    assert document["spectra"] == {"passed": 7, "failed": 2}
    assert document["left_out"] == ["the rest"]


def test_the_document_has_the_same_keys_with_nothing_known() -> None:
    everything = diagnosis_document(Told(culprit=CULPRIT, spectra=SPECTRA).view())
    nothing = diagnosis_document(Told(failures=(), locations=()).view())
    assert set(nothing) == set(everything)
    assert (nothing["culprit"], nothing["spectra"], nothing["functions"]) == (None, None, [])


def test_whole_and_line_agree_on_their_function() -> None:
    assert Told(locations=(WHOLE, LINE)).view().entries[0].marks == {5: 0.8}
