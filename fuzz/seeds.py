"""What fuzzing starts from: files that real tools wrote, texts of our own tests, and the words that are in them."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
LONGEST_INPUT = 16 * 1024

_GOLDEN = ROOT / "tests" / "data" / "golden"
_TESTS = ROOT / "tests" / "evidence"
_NO_SEEDS = frozenset({"README.md", "truth.json"})
_SHORTEST_TEXT = 30
_MOST_WORDS = 400
_WORD = re.compile(
    rb"</?[A-Za-z][\w:.-]{0,40}|[ ][A-Za-z][\w:.-]{0,40}=[\"'][\w./: -]{0,30}[\"']?"  # XML
    rb"|\"[A-Za-z][\w.$ -]{0,40}\"[ ]?:?(?:[ ]?(?:true|false|null|\[\]|\{\}|-?\d{1,6}|\"\w{1,20}\"))?"  # JSON
    rb"|(?m:^)[^\w\s]{0,8}[ \t]?\w[\w.:()\[\]-]{0,20}(?:[ ][\w.:()\[\]-]{1,12})?"  # what lines begin with
)
_WORDS_OF_ANY = (
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b'<?xml version="1.0"?>', b"<!DOCTYPE a>", b"&#0;", b"&#x1b;", b"&lt;"),
    *(b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0", b"\x1b[31m", b"\r\n", b"\r", b"\xed\xa0\x80", b"\\ud800"),
    *(b"\\u0000", b"1e999", b"-1", b"9" * 30, b"NaN", b"null", b"[[[[", b'{"a":', b"\xe2\x80\xa8", b"%00", b"../"),
)


class Target(NamedTuple):
    """What to run with an input, and what to begin with: which of the seeds, inputs of its own, words of its own."""

    run: Callable[[bytes], object]
    wants: Callable[[bytes], bool]
    own_seeds: tuple[bytes, ...] = ()
    words: tuple[bytes, ...] = ()

    def seeds(self, folders: Sequence[Path]) -> Iterator[bytes]:
        """Yield the inputs to begin with."""
        yield from self.own_seeds
        yield from filter(self.wants, seeds(folders))


def seeds(folders: Sequence[Path] = ()) -> Iterator[bytes]:
    """Yield every small enough file of the golden ones and of further folders, and every longer text in our tests."""
    for folder in (_GOLDEN, *folders):
        for file in sorted(folder.rglob("*")):
            is_seed = file.name not in _NO_SEEDS and "source" not in file.relative_to(folder).parts
            if is_seed and file.is_file() and file.stat().st_size <= LONGEST_INPUT:
                yield file.read_bytes()
    for module in sorted(_TESTS.rglob("test_*.py")):
        yield from _texts(module)


def dictionary(texts: Iterable[bytes], further: Iterable[bytes] = ()) -> list[bytes]:
    """Return the words that most of the texts have, and further ones."""
    words: Counter[bytes] = Counter()
    for text in texts:
        words.update(set(_WORD.findall(text)))
    return [*further, *_WORDS_OF_ANY, *sorted(words, key=lambda word: (-words[word], word))[:_MOST_WORDS]]


def as_libfuzzer_reads(words: Iterable[bytes]) -> str:
    """Return the text of a file of words for libFuzzer."""
    escaped = ("".join(map("\\x{:02x}".format, word)) for word in words)
    return "".join(f'"{word}"\n' for word in escaped)


def _texts(module: Path) -> Iterator[bytes]:
    """Yield the constants of a module that may be reports; objects as JSON."""
    for node in ast.walk(ast.parse(module.read_bytes())):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Dict):
            value = _json(node)
        if isinstance(value, str):
            value = value.encode("utf-8", "replace")
        if isinstance(value, bytes) and _SHORTEST_TEXT <= len(value) <= LONGEST_INPUT:
            yield value


def _json(node: ast.Dict) -> str | None:
    try:
        return json.dumps(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None
