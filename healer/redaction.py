"""Keep secrets out of texts: values that are known, then shapes that secrets have.

Text is redacted; code that is to be committed is never rewritten but refused (see the gate).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from healer.credentials import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER = "[redacted]"
SHORTEST = 8
"""Shorter values are left alone: a PIN would take every number in the text with it."""

_KEY_BLOCK = r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"
_SHAPES = re.compile("|".join((_KEY_BLOCK, *SHAPES.values())), re.DOTALL)
_CREDENTIALS_IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{1,256}:[^\s/@]{1,256}@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Redactor:
    """A callable `text -> text` without the known secrets, their common encodings, or anything shaped like one."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    _known: re.Pattern[str] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        forms = sorted(set(_forms(self.secrets)), key=len, reverse=True)
        if forms:
            object.__setattr__(self, "_known", re.compile("|".join(map(re.escape, forms))))

    def __call__(self, text: str) -> str:
        """Return the text with each secret replaced by a placeholder."""
        if self._known is not None:
            text = self._known.sub(PLACEHOLDER, text)
        return _CREDENTIALS_IN_URL.sub(rf"\1{PLACEHOLDER}@", _SHAPES.sub(PLACEHOLDER, text))


def _forms(secrets: Iterable[str]) -> Iterable[str]:
    for secret in secrets:
        # A secret of several lines is masked line by line, as it may be printed with a prefix on each.
        for value in {secret.strip(), *(line.strip() for line in secret.splitlines())}:
            if len(value) < SHORTEST:
                continue
            raw = value.encode("utf-8", "replace")
            yield from (value, value[::-1], quote(value, safe=""), raw.hex(), raw.hex().upper())
            yield from _base64_forms(raw)


def _base64_forms(raw: bytes) -> Iterable[str]:
    """Yield what the bytes look like inside any longer base64 text: three alignments, two alphabets, rims cut off."""
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        first = (0, 2, 3)[offset]
        whole = encoded[first : len(encoded) - (1 if (offset + len(raw)) % 3 else 0)]
        if len(whole) >= SHORTEST:
            yield whole
            yield whole.replace("+", "-").replace("/", "_")
