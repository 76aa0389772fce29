"""What a file is, told from its first bytes alone: names and endings are never asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from healer.evidence.decoding import encoding_of
from healer.evidence.limits import HEAD_BYTES, PROLOG_BYTES

_ELEMENT = re.compile(r"<([A-Za-z_][\w.-]{0,100}:)?([A-Za-z_][\w.-]{0,200})")
_BURIED = re.compile(r"<\?xml\s|<(?:\w{1,60}:)?testsuites?[\s/>]")
_PROLOG = re.compile(
    r"(?:[\ufeff\s]++|<!--(?:[^-]++|-(?!->))*+-->|<\?(?:[^?]++|\?(?!>))*+\?>|<![A-Z][^>]*+>|\]\s{0,9}>)*+"
)
"""What may stand before a root element: white space, comments, instructions, declarations."""

JSON_START = re.compile(r"""(?:\A\s{0,1000}|^)(\{(?=\s{0,200}["}])|\[(?=\s{0,200}[\[{"\]]))""", re.MULTILINE)
"""Where a JSON object or array may begin: at the start of a line, since tools print lines of their own before it."""
_OTHER_LINES = 100
_ENOUGH = 1024
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip archive begins; the second is an empty one."""

_SIGNATURES = (
    (b"\x1f\x8b", "is compressed (gzip)"),
    (b"PK\x03\x04", "is a zip archive"),
    (b"BZh", "is compressed (bzip2)"),
    (b"\xfd7zXZ", "is compressed (xz)"),
    (b"\x28\xb5\x2f\xfd", "is compressed (zstd)"),
    (b"SQLite format 3", "is a database"),
    (b"\x7fELF", "is a program"),
    (b"%PDF", "is a PDF"),
)
_KNOWN_ROOTS = {
    "project": "a build file's (Maven, Ant)",
    "coverage": "a coverage report's",
    "CoverageSession": "a coverage report's",
    "report": "a coverage report's (JaCoCo)",
    "failsafe-summary": "Failsafe's summary without test cases; the TEST-*.xml files beside it have them",
    "events": "open-test-reporting's; the TEST-*.xml files of the same run are read",
    "execution": "open-test-reporting's; the TEST-*.xml files of the same run are read",
    "result": "Jenkins' store of results; the reports that it was made from are read",
    "testResult": "Jenkins' store of results; the reports that it was made from are read",
    "pmd-cpd": "a report on duplicated code",
    "svg": "an image's",
}


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file: its text, and the local name of its root element if it is XML."""

    data: bytes
    text: str
    root: str | None
    is_undecided: bool = False
    """Whether it ends before the document begins, so that more of the file has to be looked at."""

    @property
    def is_json(self) -> bool:
        """Whether it begins like a JSON object or array."""
        return self.text.lstrip()[:1] in {"{", "["}

    @property
    def json(self) -> str:
        """The text from where JSON begins, past a few lines that a tool printed before it; empty if none does.

        Below more lines than that, it is a part of a log, which tells more than this part of it.
        """
        start = JSON_START.search(self.text)
        return self.text[start.start(1) :] if start and self.lines_before(start.start(1)) <= _OTHER_LINES else ""

    def lines_before(self, position: int) -> int:
        """Count the lines of the text above a place in it."""
        return self.text.count("\n", 0, position)


def head_of(data: bytes) -> Head:
    """Look at a file's first bytes; of more than HEAD_BYTES, what stands before the document is passed over."""
    encoding, skipped = encoding_of(data)
    text = data[skipped:].decode(encoding, "replace").replace("\0", "")
    begin, is_undecided = 0, False
    if len(data) >= HEAD_BYTES:
        prolog = _PROLOG.match(text)
        begin = prolog.end() if prolog else 0
        is_undecided = len(text) - begin < _ENOUGH or text.startswith(("<!--", "<?", "<!D"), begin)
        text = text[begin if len(data) > HEAD_BYTES else 0 :][:HEAD_BYTES]
    return Head(data[:HEAD_BYTES], text, _root(text), is_undecided)


def _root(text: str) -> str | None:
    """Return the local name of the first element, looking past declarations, comments and lines of text before it."""
    buried = not text.lstrip("\ufeff \t\r\n").startswith("<") and _BURIED.search(text)
    position = buried.start() if buried else text.find("<")
    while position >= 0:
        if element := _ELEMENT.match(text, position):
            return element[2]
        if text.startswith(("<!", "<?"), position):
            position = text.find("-->" if text.startswith("<!--", position) else ">", position + 1)
            if position < 0:
                return None
        position = text.find("<", position + 1)
    return None


def has_signature(head: Head) -> bool:
    """Whether it begins with the signature of a binary format."""
    return any(head.data.startswith(signature) for signature, _ in _SIGNATURES)


def is_prose(head: Head) -> bool:
    """Whether it begins neither like a document (XML, JSON) nor with the signature of a binary format."""
    start = head.text.lstrip("\ufeff \t\r\n")
    is_document = bool(head.root and start.startswith("<")) or bool(JSON_START.match(start))
    return not is_document and not has_signature(head)


def is_text_behind_a_tag(head: Head) -> bool:
    """Whether it begins like XML, but goes on as plain text: output whose first line a program wrote in brackets."""
    start = head.text.lstrip("\ufeff \t\r\n")
    if not head.root or not start.startswith("<") or start.startswith(("<?", "<!")) or head.root.lower() == "html":
        return False
    lines = [line for line in start.splitlines() if line.strip()]
    return sum("<" in line or ">" in line for line in lines) * 2 < len(lines)


def why_unknown(head: Head) -> str:
    """Say in the end of a sentence what a file is that no reader knows."""
    for signature, words in _SIGNATURES:
        if head.data.startswith(signature):
            return f"{words}; unpack it first"
    if head.is_json:
        return "is JSON, but not a report of a known format"
    if head.root and head.text.lstrip().startswith("<"):
        if head.root.lower() == "html":
            return "is an HTML page, not a test report"
        what = _KNOWN_ROOTS.get(head.root, "which is none of a report that is known here")
        return f"is XML, but no test report: its root is <{head.root[:60]}>, {what}"
    return _why_not_text(head)


def _why_not_text(head: Head) -> str:
    if not head.text.strip():
        return "holds nothing but white space"
    if head.is_undecided:
        looked = f"{PROLOG_BYTES // 2**20} MiB at most"
        return f"holds nothing but comments and white space, as far as it was looked through ({looked})"
    if head.data.count(0) or head.text.count("\N{REPLACEMENT CHARACTER}") > len(head.text) // 10:
        return "is binary, not a test report"
    return "is plain text and shows no test result"
