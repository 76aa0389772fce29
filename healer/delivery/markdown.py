"""Markdown in which foreign text is harmless by construction: it cannot link, notify, embed, hide or command.

Foreign text is everything that our own source does not spell: test names, messages, traces, paths, diffs, a model's
prose. It enters a document through `prose`, `code` or `fenced` only; whatever else stands there is ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer.invisible import is_invisible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ZERO_WIDTH_SPACE = "\u200b"

_MENTION = re.compile(r"[@#]")
_ISSUE = re.compile(r"(?i)\b(gh-)(?=\d)")
_ADDRESS = re.compile(r"(?i)www(?=\.)|[a-z][a-z0-9+.-]{0,30}:(?=//)|(?:mailto|xmpp):")
_SPECIAL = re.compile(r"[\\`*_\[\]|~$!]")
_LEADING = re.compile(r"^(?:([-+=/:#>])|(\d{1,9})([.)]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def clean(text: str) -> str:
    r"""Return text without control, invisible and unassigned characters; only `\n` and `\t` stay, `\r` becomes `\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_VISIBLE)


class _Visible(dict[int, "int | None"]):
    """A translation table that decides on a character when it first meets it."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if is_invisible(chr(code)) and chr(code) not in "\n\t" else code
        return self[code]


_VISIBLE = _Visible()


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters, an ellipsis standing for what was cut off."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def one_line(text: str, limit: int = 1000) -> str:
    """Return clean text on one line, white space collapsed."""
    return shortened(" ".join(clean(text).split()), limit)


def inert(text: str) -> str:
    """Break mentions, issue references and addresses with a zero-width space; the words stay readable."""
    text = _MENTION.sub(lambda match: match[0] + ZERO_WIDTH_SPACE, text)
    text = _ISSUE.sub(lambda match: match[1] + ZERO_WIDTH_SPACE, text)
    return _ADDRESS.sub(lambda match: match[0] + ZERO_WIDTH_SPACE, text)


def prose(text: str, limit: int = 1000) -> str:
    """Return foreign words as one inline piece of Markdown that renders as those words and nothing else."""
    line = inert(one_line(text, limit))
    line = re.sub(r"[&<>]", lambda match: _ENTITIES[match[0]], line)
    line = _SPECIAL.sub(lambda match: "\\" + match[0], line)
    return _LEADING.sub(lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", line)


def quoted(text: str, limit: int = 4000) -> str:
    """Return foreign words as a quotation, so that nobody takes them for ours and no bot for a command."""
    return "> " + prose(text, limit)


def code(text: str, limit: int = 300) -> str:
    """Return foreign text as a code span, its delimiter longer than any run of backticks inside."""
    line = one_line(text, limit) or " "
    ticks = "`" * (_longest_run(line) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{padding}{line}{padding}{ticks}"


def fenced(text: str, language: str = "", limit: int = 30_000) -> str:
    """Return foreign text as a fenced block that it cannot close; beyond `limit` bytes its middle is left out."""
    body = _middle_out(clean(text).rstrip("\n"), limit)
    fence = "`" * max(3, _longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)


def size(text: str) -> int:
    """Return the bytes that a text takes on the wire."""
    return len(text.encode("utf-8", "replace"))


def _middle_out(text: str, limit: int) -> str:
    """Keep the first two thirds and the last third of `limit` bytes, cut between lines where lines are short enough."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    head = data[: limit * 2 // 3].decode("utf-8", "ignore")
    tail = data[len(data) - limit // 3 :].decode("utf-8", "ignore")
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    left_out = len(data) - size(head) - size(tail)
    return f"{head.rstrip()}\n… {left_out} bytes left out …\n{tail}"


def bullets(items: Iterable[str]) -> str:
    """Return a list; each item is Markdown made by this module."""
    return "\n".join(f"- {item}" for item in items)


def details(title: str, body: str) -> str:
    """Return a folded section; `title` is our own words or `prose`."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def document(sections: Sequence[str], limit: int) -> str:
    """Join sections; those for which there is no room within `limit` bytes are left out whole, and it is said."""
    kept: list[str] = []
    room = limit - 100
    left_out = 0
    for section in filter(None, sections):
        needed = size(section) + 2
        if needed > room:
            left_out += 1
            continue
        kept.append(section)
        room -= needed
    if left_out:
        kept.append(f"*{left_out} more section{'s' if left_out > 1 else ''} left out: the text would be too long.*")
    return "\n\n".join(kept) + "\n"
