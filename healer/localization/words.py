"""Words: functions that speak of what the failing test speaks of, found as a search engine finds pages.

The formula is Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), over the parts of
identifiers and the words of comments and texts. It needs nothing to run, so it works where nothing does.
"""

from __future__ import annotations

import heapq
import itertools
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.inquiry import Suspicion
from healer.localization.outline import Outlined
from healer.localization.outlined_tests import find_test, languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from healer.localization.inquiry import Inquiry
    from healer.localization.pysource import Definition
    from healer.models.evidence import FailureCluster

SATURATION, LENGTH = 1.2, 0.75
"""The formula's k1 and b, at their usual values."""
MOST_FILES = 40
"""That are taken apart; where lines that ran are known those are meant, else those that hold most of the words."""
MOST_FUNCTIONS = 30
STACK_KNOWN = 0.5
"""What words count beside a stack that reached the source."""
_MOST_QUERY = 20_000
"""Characters of a failure's texts."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,60}")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_COMMON = frozenset({
    "about", "after", "all", "also", "and", "any", "are", "assert", "assertion", "assertionerror", "because", "been",
    "before", "bool", "break", "but", "can", "case", "class", "const", "continue", "count", "def",
    "default", "does", "done", "echo", "elif", "else", "equal", "error", "esac", "except", "exit",
    "expected", "false", "finally", "for", "from", "func", "function", "given", "got", "had", "has", "have", "her",
    "here", "how", "import", "instance", "int", "into", "isinstance", "its", "lambda", "len", "let", "list", "local",
    "main", "may", "more", "most", "must", "nil", "none", "not", "null", "now", "one", "only", "other", "out",
    "pass", "private", "public", "raise", "raises", "return", "returns", "reuse", "same", "self", "should",
    "some", "static", "str", "struct", "such", "sure", "test", "tests", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "throw", "true", "try", "tuple", "two", "type",
    "undefined", "unittest", "value", "var", "void", "was", "were", "what", "when", "where",
    "which", "while", "will", "with", "without", "would", "yield", "you", "your",
})  # fmt: skip
_ASIDE = re.compile(r"(?:^|/)(?:bench|benchmarks?|demos?|docs?|examples?|samples?)/", re.IGNORECASE)
"""Folders with code that no suite runs as a rule; only what is known to run is suspected there."""
_MOST_SCRIPT, _MOST_PRINTED = 100_000, 200
"""Characters of a script, and lines of what it printed."""
_LEAST_PRINTED = 6
"""Characters of a line that tells how far a script came."""
_SHORTEST = 3
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Document:
    path: str
    definition: Definition | Outlined
    words: Counter[str]
    length: int


def rank(inquiry: Inquiry) -> Iterator[Suspicion]:
    """Suspect whole functions by the words that they share with a failing test, its message and its name."""
    queries = [(cluster, _query(inquiry, cluster)) for cluster in inquiry.clusters[:10]]
    wanted = set().union(*(query for _, query in queries))
    documents = [document for path in _paths(inquiry, wanted) for document in _documents(inquiry, path)]
    if not documents:
        return
    found_in: Counter[str] = Counter()
    for document in documents:
        found_in.update(document.words.keys() & wanted)
    average = sum(document.length for document in documents) / len(documents) or 1.0
    rarity = {
        word: math.log(1 + (len(documents) - count + 0.5) / (count + 0.5)) for word, count in found_in.items()
    }  # fmt: skip
    for cluster, query in queries:
        known = any(layout.is_source(site.path) for site in inquiry.sites(cluster.representative))
        yield from _best(cluster, query, documents, rarity, average, highest=STACK_KNOWN if known else 1.0)


def _best(
    cluster: FailureCluster, query: Mapping[str, int], documents: list[_Document], rarity: Mapping[str, float],
    average: float, *, highest: float,
) -> Iterator[Suspicion]:  # fmt: skip
    scored = []
    for number, document in enumerate(documents):
        norm = SATURATION * (1 - LENGTH + LENGTH * document.length / average)
        shared = document.words.keys() & query.keys()
        score = sum(
            rarity[word] * document.words[word] * (SATURATION + 1) / (document.words[word] + norm) for word in shared
        )
        scored.append((score, number))
    top = heapq.nlargest(MOST_FUNCTIONS, scored)
    best = top[0][0]
    for score, number in top:
        if score > 0:
            document = documents[number]
            shared = document.words.keys() & query.keys()
            words = ", ".join(sorted(shared, key=lambda word: (-rarity[word], word))[:_SHOWN])
            yield Suspicion(
                document.path, document.definition.line, document.definition.end_line, highest * score / best,
                f"{document.definition.qualname} shares words with {cluster.representative.id}: {words}",
            )  # fmt: skip


def _query(inquiry: Inquiry, cluster: FailureCluster) -> Counter[str]:
    failure = cluster.representative
    texts = [failure.name, failure.suite, failure.type or "", failure.message]
    test = inquiry.test_definition(failure) or find_test(inquiry, failure)
    script = failure.runs
    if script:  # what a command says, and the script that it runs unless its calls are followed
        is_told = script in inquiry.index.source.paths and not script.endswith(".py")
        text = inquiry.index.source.read(script).decode("utf-8", "replace") if is_told else ""
        texts += [failure.text, _from_last_printed(text, failure.text)]
    else:
        texts.append(test[0].text(test[1].line, test[1].end_line) if test else failure.text)
    return _words("\n".join(texts)[:_MOST_QUERY])


def _from_last_printed(script: str, printed: str) -> str:
    """Return a script from the line on whose text it printed last: what stands before did not fail."""
    script = script[:_MOST_SCRIPT]
    for line in reversed(printed[-_MOST_QUERY:].splitlines()[-_MOST_PRINTED:]):
        at = script.rfind(line.strip()) if len(line.strip()) >= _LEAST_PRINTED else -1
        if at >= 0:
            return script[at:]
    return script


def _paths(inquiry: Inquiry, wanted: Iterable[str]) -> list[str]:
    spectra = inquiry.spectra
    if spectra is not None:
        ran = Counter[str]()
        for path, lines in spectra.lines.items():
            if layout.is_source(path) and path in inquiry.index.source.paths:
                ran[path] = sum(bool(hits.failed) for hits in lines.values())
        if any(ran.values()):  # else what fails was not traced: a validator, say
            return [path for path, count in ran.most_common(MOST_FILES) if count]
    patterns = [word.encode() for word in wanted]
    spoken = frozenset[str]().union(*(languages(inquiry, one.representative) for one in inquiry.clusters[:10]))
    sources = itertools.chain(inquiry.index.sources(), inquiry.index.other_sources(spoken))
    counted = []
    scripts = {one.representative.runs for one in inquiry.clusters}
    for path, data in sources:
        if path in scripts or _ASIDE.search(path):
            continue
        text = data.lower()
        counted.append((sum(word in text for word in patterns), path))
    return [path for count, path in heapq.nlargest(MOST_FILES, counted) if count]


def _documents(inquiry: Inquiry, path: str) -> Iterator[_Document]:
    module = inquiry.index.module(path)
    file = module or inquiry.index.outline(path)
    functions = [one for one in module.definitions if not one.is_class] if module else []
    outlined = [one for one in file.definitions if isinstance(one, Outlined) and not one.is_container] if file else []
    for definition in functions or outlined:
        if file:
            words = _words(file.text(definition.line, definition.end_line) + "\n" + definition.qualname)
            yield _Document(path, definition, words, words.total())


def _words(text: str) -> Counter[str]:
    """Count the parts of identifiers, and identifiers of several parts as a whole."""
    words: Counter[str] = Counter()
    for identifier in _IDENTIFIER.findall(text):
        parts = [part.lower() for part in _PART.findall(identifier) if len(part) >= _SHORTEST]
        words.update(part for part in parts if part not in _COMMON)
        if len(parts) > 1:
            words[identifier.lower()] += 1
    return words
