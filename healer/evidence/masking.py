"""The shape of a message: what stays when everything is masked that changes from run to run or from case to case."""

from __future__ import annotations

import re

from healer.evidence.limits import MESSAGE_CHARACTERS

_VOLATILE = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?\b"
    r"|\b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\b)"
    r"|(?P<address>\b0x[0-9a-fA-F]{1,32}\b)"
    r"|(?P<path>(?:[A-Za-z]:[\\/]|(?<![\w/.])\.{0,2}/|\bfile://)[\w.+~@%-]{1,200}(?:[\\/][\w.+~@%-]{1,200}){0,40}[\\/]?)"
    r"|(?P<hash>\b(?=[0-9a-f]{0,39}\d)(?=[0-9a-f]{0,39}[a-f])[0-9a-f]{7,64}\b)"
    r"|(?P<number>(?<![\w.])[-+]?\d{1,40}(?:[.,_]\d{1,40}){0,8}(?:[eE][-+]?\d{1,4})?)"
)
_QUOTED = re.compile(
    r"""(?<!\w)[bruf]{0,2}(?:'(?:[^'\\\n]|\\.){0,1000}'|"(?:[^"\\\n]|\\.){0,1000}"|`[^`\n]{0,1000}`)"""
)
_SPACES = re.compile(r"\s+")


def masked(text: str) -> str:
    """Return the text with numbers, addresses, hashes, UUIDs, times and paths each replaced by a word for them."""
    return _SPACES.sub(" ", _VOLATILE.sub(lambda match: f"<{match.lastgroup}>", text[:MESSAGE_CHARACTERS])).strip()


def message_shape(message: str) -> str:
    """Return the first line of a message with its quoted literals masked as well."""
    first = message.strip().partition("\n")[0]
    return masked(_QUOTED.sub("<quoted>", first[:MESSAGE_CHARACTERS]))
