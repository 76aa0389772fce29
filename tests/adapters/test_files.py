from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from healer.adapters.files import find_reports, open_report
from healer.errors import UsageError


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("<testsuites/>")


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    write(tmp_path, "junit.xml")
    with open_report(tmp_path / "junit.xml") as stream:
        assert stream.read() == b"<testsuites/>"


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # socket addresses have a short limit


def link(path: Path) -> None:
    target = path.with_name("secret")
    target.write_text("s")
    path.symlink_to(target)


def sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(2**40)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(Path.mkdir, "is a directory, not a report file", id="directory"),
        pytest.param(fifo, "is a named pipe (FIFO), not a regular file", id="fifo"),
        pytest.param(unix_socket, "is a socket or a device without a driver, not a regular file", id="socket"),
        pytest.param(link, "is a symbolic link, which is not followed", id="link"),
        pytest.param(sparse, "is larger than 4096 MiB", id="a terabyte of nothing"),
        pytest.param(str, "does not exist", id="missing"),
    ],
)
def test_what_is_no_regular_file_is_refused_in_a_sentence(
    tmp_path: Path, make: object, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "junit.xml"
    assert callable(make)
    make(path)
    with pytest.raises(UsageError) as refused:
        open_report(path)
    assert refused.value.sentence == f"{str(path)!r} {words}"
    assert refused.value.exit_code == 2


def test_devices_and_impossible_names_are_refused() -> None:
    with pytest.raises(UsageError, match="is a device"):
        open_report("/dev/zero")
    with pytest.raises(UsageError, match="no valid file name"):
        open_report("a\0b")


IN_REPORTS = ["reports/[x].xml", "reports/a.xml", "reports/b.json", "reports/deep/er/c.XML"]
TREE = (
    "junit.xml",
    "reports/a.xml",
    "reports/b.json",
    "reports/notes.txt",
    "reports/deep/er/c.XML",
    "reports/[x].xml",
    "node_modules/m/report.xml",
    ".git/report.xml",
    ".hidden/d.xml",
)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        pytest.param(["junit.xml"], ["junit.xml"], id="a file"),
        pytest.param(["reports"], IN_REPORTS, id="a directory"),
        pytest.param(["reports/"], IN_REPORTS, id="with a slash"),
        pytest.param(["reports/*.xml"], ["reports/[x].xml", "reports/a.xml"], id="star"),
        pytest.param(["**/*.xml"], [".hidden/d.xml", "junit.xml", "reports/[x].xml", "reports/a.xml"], id="two stars"),
        pytest.param(["reports/**"], [*IN_REPORTS, "reports/notes.txt"], id="two stars last"),
        pytest.param(["reports/?.*"], ["reports/a.xml", "reports/b.json"], id="question mark"),
        pytest.param(["reports/[a-b].*"], ["reports/a.xml", "reports/b.json"], id="class"),
        pytest.param(["reports/[!a].json"], ["reports/b.json"], id="negated class"),
        pytest.param(["reports/[[]x].xml"], ["reports/[x].xml"], id="bracket as itself"),
        pytest.param(["reports/a.xml", "reports/*.xml"], ["reports/a.xml", "reports/[x].xml"], id="each once"),
        pytest.param(["*/deep/**/*.XML"], ["reports/deep/er/c.XML"], id="wildcards all over"),
    ],
)  # fmt: skip
def test_patterns_find_what_they_name(tmp_path: Path, patterns: list[str], expected: list[str]) -> None:
    write(tmp_path, *TREE)
    assert [path.relative_to(tmp_path).as_posix() for path in find_reports(patterns, tmp_path)] == expected


def test_absolute_patterns_work_from_anywhere(tmp_path: Path) -> None:
    write(tmp_path, "a/x.xml")
    assert find_reports([f"{tmp_path}/a/*.xml"], Path("/")) == [tmp_path / "a/x.xml"]
    assert find_reports([f"{tmp_path}/a"], Path("/nowhere")) == [tmp_path / "a/x.xml"]


@pytest.mark.parametrize(
    "pattern",
    [
        *("missing.xml", "*.xml", "empty", "missing/**/*.xml", "[", "a[!]b", ""),
        *("a\0b", "a\0b/*.xml", "a" * 5_000, "a" * 300 + "/*.xml", "*/" * 3_000, "loop/a.xml", "loop/*.xml", "loop/**"),
    ],
    ids=lambda pattern: ascii(pattern[:40]),
)
def test_a_pattern_that_matches_nothing_says_so(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="no report matches"):
        find_reports([pattern], tmp_path)


def test_links_are_not_walked_so_that_loops_end(tmp_path: Path) -> None:
    write(tmp_path, "reports/a.xml", "elsewhere/secret.xml")
    (tmp_path / "reports/loop").symlink_to(tmp_path / "reports")
    (tmp_path / "reports/out").symlink_to(tmp_path / "elsewhere")
    found = find_reports(["reports/**/*.xml"], tmp_path)
    assert found == [tmp_path / "reports/a.xml"]


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").symlink_to("a.xml")
    write(tmp_path, "0.xml", "b.xml")
    assert find_reports(["*.xml"], tmp_path) == [tmp_path / "0.xml", tmp_path / "a.xml", tmp_path / "b.xml"]
    for path in (tmp_path / "a.xml", tmp_path / "a.xml" / "b.xml"):
        with pytest.raises(UsageError, match="is a symbolic link, which is not followed"):
            open_report(path)


def test_what_is_no_file_is_found_and_refused_when_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.xml")
    (found,) = find_reports(["**"], tmp_path)
    with pytest.raises(UsageError, match="named pipe"):
        open_report(found)


def test_a_report_among_three_thousand_other_files_is_found(tmp_path: Path) -> None:
    write(tmp_path, "reports/a.xml")
    for number in range(3_000):
        os.mknod(tmp_path / "reports" / str(number))
    assert find_reports(["reports", "reports/*.xml"], tmp_path) == [tmp_path / "reports/a.xml"]


@pytest.mark.parametrize("pattern", [".", "**", "*.xml", "*/*.xml"])
def test_a_directory_without_end_is_not_walked_to_its_end(tmp_path: Path, pattern: str) -> None:
    write(tmp_path, *(f"{number}/{number}.txt" for number in range(30)))
    with pytest.raises(UsageError, match="holds more than 25 files and directories; name the reports more narrowly"):
        find_reports([pattern], tmp_path, most_entries=25)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(2_001):
        (tmp_path / f"{number}.xml").touch()
    with pytest.raises(UsageError, match="matches more than 2000 files"):
        find_reports(["*.xml"], tmp_path)


@pytest.mark.parametrize("pattern", ["*" * 40 + "x.xml", "*a" * 30, "**/a*/" * 20 + "x"])
def test_no_pattern_takes_long(tmp_path: Path, pattern: str) -> None:
    write(tmp_path, "/".join(["aaaaaaaaaa"] * 10) + "/" + "a" * 200)
    with pytest.raises(UsageError):
        find_reports([pattern], tmp_path)
