"""Credentials in the lines that a change adds: known shapes, and random-looking values that are assigned to a secret.

Shapes are told from their placeholders by what people write there (`EXAMPLE`, `xxxx`, one letter repeated). Unknown
ones are looked for as detect-secrets and gitleaks do: by the name that they are assigned to and by their entropy.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from healer.credentials import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRIVATE_KEY = "a private key"
# A header alone is what code that reads keys looks for; with key material behind it, it is a key.
_KEY_MATERIAL = re.compile(
    r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY-----[\s\\nr\"'+,()]{0,40}"
    r"(?:[A-Za-z-]{1,20}: ?[^\n]{0,100}\s{1,3}){0,4}[A-Za-z0-9+/]{32,}"
)
_SHAPES = {
    **{name: re.compile(shape) for name, shape in SHAPES.items() if name != _PRIVATE_KEY},
    _PRIVATE_KEY: _KEY_MATERIAL,
}
_ASSIGNED = re.compile(
    r"(?:passw(?:or)?d|pwd|passphrase|secret|token|credential|(?:api|access|auth|private|account|signing|encryption)_?-?key)"
    r"\w{0,20}[\"'\]]{0,3}\s{0,3}(?::\s{0,3}[\w.]{1,30}\s{0,3})?(?:=>|:=|[=:])\s{0,3}[rbu]{0,2}[\"'`]"
    r"([\w+/=.~!@#$%^&*-]{16,200})[\"'`]",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[\w.%-]{1,64}:([\w+=.~!$%^&*-]{16,200})@", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|mock|test|placeholder|change.?me|redacted|your[_-]?|insert|default|foobar"
    r"|xxxx|\*{4}|\.{3}|12345678|01234567|98765432|abcdef|qwerty|deadbeef",
    re.IGNORECASE,
)
_FEWEST_CHARACTERS = 8
_LEAST_ENTROPY = 3.2
"""Bits a character; random hexadecimal digits of this length have about 3.5, English words about 2.9."""
_FEWEST_TURNS = 3
_LONGEST_PLACEHOLDER = 100


def secret_in(added: str, before: str) -> str | None:
    """Say what kind of credential the added text seems to hold that the text before did not; None if none.

    The time taken grows linearly with the text.
    """
    for kind, value in _found(added):
        if not _is_placeholder(value) and value not in before:
            return kind
    return None


def _found(text: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in _SHAPES.items():
        yield from ((kind, match[0]) for match in pattern.finditer(text))
    for pattern in (_ASSIGNED, _IN_URL):
        yield from (("a password or key", match[1]) for match in pattern.finditer(text) if _is_random(match[1]))


def _is_placeholder(value: str) -> bool:
    # In a value this long, four letters in a row spell a word by chance.
    is_short = len(value) <= _LONGEST_PLACEHOLDER
    return len(set(value)) < _FEWEST_CHARACTERS or (is_short and bool(_PLACEHOLDER.search(value)))


def _is_random(value: str) -> bool:
    """Whether a value reads as no words: letters and digits alternate, and few characters repeat."""
    turns = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(value) if other.isalnum())
    counts = Counter(value).values()
    entropy = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return turns >= _FEWEST_TURNS and entropy >= _LEAST_ENTROPY
