"""A file as lines that can be put together again byte for byte: encoding, byte order mark and line endings are kept."""

from __future__ import annotations

import codecs
import io
import tokenize
from dataclasses import dataclass

PYTHON_SUFFIXES = (".py", ".pyi", ".pyw")


class UnreadableTextError(Exception):
    """The bytes are not text that can be edited and written back unchanged around the edit."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SourceText:
    r"""Lines without their endings; `endings` holds `\n`, `\r\n`, or nothing after a last line without."""

    lines: tuple[str, ...]
    endings: tuple[str, ...]
    encoding: str

    @classmethod
    def decode(cls, path: str, data: bytes) -> SourceText:
        """Read bytes by their own declaration (PEP 263 for Python, byte order mark, else UTF-8).

        Raises UnreadableTextError for binary files and for text that would not survive being written back.
        """
        if b"\0" in data:
            raise UnreadableTextError("binary", "it is a binary file")
        encoding = declared_encoding(path, data)
        try:
            text = data.decode(encoding)
            survives = text.encode(encoding) == data
        except (LookupError, ValueError) as error:
            raise UnreadableTextError("encoding", f"it is not valid {encoding}") from error
        if not survives:
            raise UnreadableTextError("encoding", f"its bytes would not survive being rewritten as {encoding}")
        return cls(*split_lines(text), encoding)

    def encode(self) -> bytes:
        """Return the bytes; raise UnreadableTextError when a character does not exist in the file's encoding."""
        text = "".join(line + ending for line, ending in zip(self.lines, self.endings, strict=True))
        try:
            return text.encode(self.encoding)
        except (LookupError, ValueError) as error:
            reason = f"the change holds a character that cannot be written in the file's encoding, {self.encoding}"
            raise UnreadableTextError("encoding", reason) from error


def split_lines(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    r"""Split at `\n` only (a form feed or a lone `\r` is part of a line) into lines and their endings."""
    pieces = text.split("\n")
    last = pieces.pop()
    lines = [piece.removesuffix("\r") for piece in pieces]
    endings = ["\r\n" if piece.endswith("\r") else "\n" for piece in pieces]
    if last:
        lines.append(last)
        endings.append("")
    return tuple(lines), tuple(endings)


def declared_encoding(path: str, data: bytes) -> str:
    """Return the encoding that the bytes themselves declare; raise UnreadableTextError when it is not to be had."""
    if not path.endswith(PYTHON_SUFFIXES):
        return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        raise UnreadableTextError("encoding", "its encoding declaration does not hold") from error
