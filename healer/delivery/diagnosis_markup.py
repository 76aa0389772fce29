"""HTML in which foreign text is harmless by construction: whatever is no `Markup` is escaped where it is put in.

Characters that nobody sees, or that make text read differently than it runs, are shown by their numbers.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import quote

from healer.invisible import REPLACEMENT, is_invisible

if TYPE_CHECKING:
    from collections.abc import Iterable


class Markup(str):
    """HTML that this package made."""

    __slots__ = ()


class _Escapes(dict[int, str]):
    """A translation table that decides on a character when it first meets it."""

    def __init__(self, kept: str, shown: str) -> None:
        super().__init__({ord(one): html.escape(one) for one in "&<>\"'"} | {ord(one): one for one in kept})
        self._shown = shown

    def __missing__(self, code: int) -> str:
        self[code] = self._shown.format(code) if is_invisible(chr(code)) else chr(code)
        return self[code]


_IN_TEXT = _Escapes("\n\t", '<span class="odd">U+{:04X}</span>')
_IN_ATTRIBUTE = _Escapes("", REPLACEMENT)


def escaped(text: str) -> Markup:
    """Return foreign text as content of an element; Markup is returned as it is."""
    return text if isinstance(text, Markup) else Markup(text.translate(_IN_TEXT))


def element(tag: str, *children: str, **attributes: str | None) -> Markup:
    """Return an element; a trailing `_` of an attribute's name falls off, other `_` become `-`, None leaves it out.

    Values of attributes are escaped always.
    """
    written = "".join(
        f' {name.removesuffix("_").replace("_", "-")}="{value.translate(_IN_ATTRIBUTE)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{''.join(map(escaped, children))}</{tag}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Return several pieces as one."""
    return Markup(escaped(between).join(map(escaped, parts)))


def anchor(path: str, line: int) -> str:
    """Return the id of a line of a file, which is also what stands behind `#` in a link to it."""
    return f"{quote(path, safe='/', errors='surrogateescape')}-L{line}"


def link_to(path: str, line: int, *children: str, **attributes: str | None) -> Markup:
    """Return a link to a line on the same page."""
    return element("a", *children, href=f"#{anchor(path, line)}", **attributes)
