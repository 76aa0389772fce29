"""Text as people and later stages should meet it: no escape sequences, no controls, no lone surrogates, capped."""

from __future__ import annotations

import re

from healer.evidence.limits import MESSAGE_CHARACTERS, NAME_CHARACTERS

_ESCAPES = re.compile(
    r"(?:\x1b|\x9b|#x1B|\\x1B|\\u001b)(?:"
    r"\[[0-?]{0,64}[ -/]{0,8}[@-~]"  # a control sequence, of which colours are the usual ones
    r"|\][^\x07\x1b\n]{0,512}(?:\x07|\x1b\\)"  # an operating system command, such as a hyperlink
    r"|[()][AB0-2]"  # the choice of a character set, which ends colours on many terminals
    r"|[@-Z\\^_])",
    re.IGNORECASE,
)
_BARE_C1_SEQUENCE = re.compile(r"\x9b[0-?]{0,64}[ -/]{0,8}[@-~]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0B, 0x20), 0x7F])


def clean(text: str) -> str:
    r"""Return the text without escape sequences, control characters and lone surrogates; line ends become `\n`.

    Escape sequences are found raw and as report writers spell them (`#x1B[0m`, `\x1B[0m`).
    """
    if text.isascii() and not (("#" in text or "\\" in text) and ("1b" in text or "1B" in text)):
        # Most texts have nothing to be taken out, and bytes are looked through ten times as fast as characters.
        data = text.encode()
        if len(data.translate(None, _CONTROL_BYTES)) == len(data):
            return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
        text = _BARE_C1_SEQUENCE.sub("", text)
    if "\x1b" in text or "\x9b" in text or "1B" in text or "1b" in text:
        text = _ESCAPES.sub("", text)
    return _CONTROLS.sub("", text)


def first_paragraph(text: str) -> str:
    """Return the first paragraph of cleaned text: its lines up to the first blank one, capped."""
    lines: list[str] = []
    for line in text.strip()[: 2 * MESSAGE_CHARACTERS].splitlines():
        if not line.strip():
            break
        lines.append(line.strip())
    return shortened("\n".join(lines), MESSAGE_CHARACTERS)


def without_blank_lines(text: str) -> str:
    """Return the text as one paragraph: its lines, stripped, without the blank ones."""
    return "\n".join(stripped for line in text.splitlines() if (stripped := line.strip()))


def shortened(text: str, limit: int) -> str:
    """Return the text, or its beginning with an ellipsis when it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def label(text: str) -> str:
    """Return a name, an id or a path clean, on one line, capped."""
    text = clean(text)
    is_tidy = text.isprintable() and "  " not in text and not text.startswith(" ") and not text.endswith(" ")
    return shortened(text if is_tidy else " ".join(text.split()), NAME_CHARACTERS)


def cut_in_the_middle(text: str, limit: int) -> str:
    """Return the text, or its beginning and its end with a word on what stood between, `limit` characters of it."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
