"""Text that is gathered in pieces without ever growing past its limit."""

from __future__ import annotations

from healer.evidence.limits import TEXT_CHARACTERS


class BoundedText:
    """Keeps the beginning and the end of what is added; what is dropped between is counted and shown as such."""

    def __init__(self, limit: int = TEXT_CHARACTERS) -> None:
        self._half = limit // 2
        self._pieces: list[str] = []
        self._held = 0
        self._dropped = 0
        self._head = ""

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held > 4 * self._half:
            self._shrink()

    def _shrink(self) -> None:
        text = "".join(self._pieces)
        if not self._head:
            self._head, text = text[: self._half], text[self._half :]
        tail = text[-self._half :]
        self._dropped += len(text) - len(tail)
        self._pieces = [tail]
        self._held = len(tail)

    def __str__(self) -> str:
        if self._head or self._held > 2 * self._half:
            self._shrink()
        gap = f"\n[… {self._dropped} characters left out …]\n" if self._dropped else ""
        return f"{self._head}{gap}{''.join(self._pieces)}"
