"""Paths as replies spell them: git headers with prefixes, quotes and timestamps, and names in prose."""

from __future__ import annotations

import re

NULL = "/dev/null"
_TIMESTAMP = re.compile(r"\s+(?:\d{4}-\d\d-\d\d|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]* )\S?.*$")
_REMARK = re.compile(
    r"\s+\((?:original|modified|old|new|before|after|updated|fixed|working copy|revision \w{1,40})\)$", re.IGNORECASE
)
_ESCAPE = re.compile(r"\\([0-7]{3}|[^0-9])", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "\\": "\\"}
_PREFIXES = frozenset({"a/", "b/", "c/", "i/", "o/", "w/", "1/", "2/"})
_PATH = re.compile(r"[\w.@+\-/()\[\]]*[\w\])]")
_LABEL = re.compile(r"^(?:#+|//|--|\*+)?\s*(?:(?:file(?:name)?|path|title)(?:\s*[:=]\s*|\s+))?", re.IGNORECASE)
_TOKEN = re.compile(r"`([^`\s]+)`")


def header_path(text: str) -> str:
    """Return what stands behind `--- ` or `+++ `, without timestamp, remark, quotes, back-ticks and leading `./`."""
    name = text.split("\t", 1)[0].strip()
    name = _REMARK.sub("", _TIMESTAMP.sub("", name)).strip("`* ")
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = _unquoted(name[1:-1])
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def common_path(old: str, new: str, *, is_plain: bool = False) -> str | None:
    """Return the one path that both headers of a file name, or None when they disagree, which is a rename.

    Prefixes are taken off only where the two sides show them to be prefixes, and never from a name that is plain. An
    empty side was absent.
    """
    if old in {"", NULL} or new in {"", NULL}:
        name, prefix = (new, "b/") if old in {"", NULL} else (old, "a/")
        return name if is_plain else name.removeprefix(prefix)
    if old[:2] in _PREFIXES and new[:2] in _PREFIXES and old[:2] != new[:2] and old[2:] == new[2:]:
        return old[2:]
    # One side without its prefix, as models write it: the bare side says what the path is.
    if old in {new, f"a/{new}"}:
        return new
    return old if new == f"b/{old}" else None


def git_header_paths(line: str) -> tuple[str, str]:
    """Return both names of a `diff --git` line, or two empty strings when they cannot be told apart."""
    rest = line.removeprefix("diff --git ").strip()
    quoted = re.fullmatch(r'("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)', rest)
    if quoted:
        return header_path(quoted[1]), header_path(quoted[2])
    middle = len(rest) // 2
    old, new = rest[:middle], rest[middle + 1 :]
    return (old, new) if rest[middle : middle + 1] == " " and old[2:] == new[2:] else ("", "")


def path_in_words(text: str) -> str:
    """Return the one path that a line of prose (`### File: src/a.py`, "In `src/a.py`:") names, or an empty string."""
    tokens = {token for token in _TOKEN.findall(text) if _looks_like_path(token)}
    if len(tokens) == 1:
        return header_path(tokens.pop())
    bare = _LABEL.sub("", text.strip()).strip("*`\"'#: ")
    return header_path(bare) if not tokens and _looks_like_path(bare) else ""


def _looks_like_path(text: str) -> bool:
    return bool(_PATH.fullmatch(text)) and ("/" in text or "." in text.strip("."))


def _unquoted(text: str) -> str:
    """Undo git's C-style quoting, in which bytes outside ASCII stand as octal numbers."""
    data = bytearray()
    position = 0
    for match in _ESCAPE.finditer(text):
        data += text[position : match.start()].encode("utf-8", "surrogatepass")
        code = match[1]
        is_octal = code.isdecimal()
        data += bytes([int(code, 8) & 0xFF]) if is_octal else _ESCAPED.get(code, code).encode("utf-8", "surrogatepass")
        position = match.end()
    data += text[position:].encode("utf-8", "surrogatepass")
    return data.decode("utf-8", "surrogateescape")
