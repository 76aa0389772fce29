"""Lines of text from bytes as they come in: decoded by their mark, bounded in length, whatever they hold."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from healer.evidence.decoding import encoding_of
from healer.evidence.limits import LOG_LINE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_lines(chunks: Iterator[bytes]) -> Iterator[str]:
    r"""Yield each line without its end (`\n` or `\r\n`); of a line longer than LOG_LINE_CHARACTERS, its beginning.

    The text is UTF-8 unless its first bytes say otherwise; what cannot be decoded becomes U+FFFD.
    """
    first = next(chunks, b"")
    encoding, skipped = encoding_of(first)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    chunk: bytes | None = first[skipped:]
    held, is_overlong = "", False
    while chunk is not None:
        following = next(chunks, None)
        *whole, rest = decoder.decode(chunk, following is None).split("\n")
        chunk = following
        for line in whole:
            if not is_overlong:
                yield (held + line)[:LOG_LINE_CHARACTERS].removesuffix("\r")
            held, is_overlong = "", False
        held += rest
        if len(held) > LOG_LINE_CHARACTERS and not is_overlong:
            yield held[:LOG_LINE_CHARACTERS]
            is_overlong = True
        if is_overlong:
            held = ""
    if held:
        yield held.removesuffix("\r")


def read_blocks(chunks: Iterator[bytes]) -> Iterator[str]:
    r"""Yield the text in blocks of whole lines, each ending in `\n`; a long log goes faster through hands that way.

    Decoding, line ends and the length of a line are those of `read_lines`, except that a single `\r` stays.
    """
    first = next(chunks, b"")
    encoding, skipped = encoding_of(first)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    chunk: bytes | None = first[skipped:]
    held, is_overlong = "", False
    while chunk is not None:
        following = next(chunks, None)
        text = decoder.decode(chunk, following is None)
        chunk = following
        if is_overlong:
            _, end, text = text.partition("\n")
            if not end:
                continue
            is_overlong = False
        whole, end, rest = text.rpartition("\n")
        if end:
            yield _bounded(f"{held}{whole}\n")
            held = rest
        else:
            held += rest
        if len(held) > LOG_LINE_CHARACTERS:
            yield held[:LOG_LINE_CHARACTERS] + "\n"
            held, is_overlong = "", True
    if held:
        yield _bounded(f"{held}\n")


def _bounded(block: str) -> str:
    block = block.replace("\r\n", "\n")
    if len(block) <= LOG_LINE_CHARACTERS:
        return block
    return "\n".join(line[:LOG_LINE_CHARACTERS] for line in block.split("\n"))
