"""What a hostile report may cost. Each limit is far above what real tools write and is announced when it is met."""

from __future__ import annotations

CHUNK_BYTES = 256 * 1024
"""Read at a time."""

HEAD_BYTES = 64 * 1024
"""Looked at to tell the format."""

REPORT_BYTES = 512 * 1024 * 1024
"""Read of one streamed report at most."""

JSON_BYTES = 64 * 1024 * 1024
"""Read of one JSON report at most: a JSON document stands in memory as a whole."""

JSON_MEMORY_BYTES = 340 * 1024 * 1024
"""Taken by a JSON report and what it is parsed into, at most: an empty object takes 30 times the memory of its text."""

LARGE_JSON_BYTES = 16 * 1024 * 1024
"""Above so many, memory is spared: the longest strings are cut, and characters above U+FFFF are replaced."""

JSON_STRING_CHARACTERS = 1024 * 1024
"""Of one string of a large JSON report: half from its beginning, half from its end."""

PROLOG_BYTES = 16 * 1024 * 1024
"""Looked through for the beginning of a document, where white space and comments go on beyond HEAD_BYTES."""

DEPTH = 256
"""Elements inside each other; nested suites of real tools stay below twenty."""

TOKEN_BYTES = 16 * 1024 * 1024
"""One tag, attribute or comment. Below expat 2.6 its cost grows with the square of the size."""

DOCUMENTS = 5_000
"""Documents written one after the other into one file."""

FAILURES = 10_000
"""Failing test cases that are kept; further ones are only counted."""

TEXT_CHARACTERS = 64 * 1024
"""Of one failure's trace: half from its beginning, half from its end."""

TOTAL_TEXT_CHARACTERS = 32 * 1024 * 1024
"""Of all traces together; past it, traces are cut to SHORT_TEXT_CHARACTERS."""

SHORT_TEXT_CHARACTERS = 2_048

MESSAGE_CHARACTERS = 2_000
"""Of one message."""

NAME_CHARACTERS = 4_096
"""Of a test's name, class name or path."""

LINE_CHARACTERS = 4_096
"""Of one line that is searched for a stack frame."""

FRAMES = 200
"""Of one failure: half from the outermost end, half from the innermost."""

OUTPUT_CHARACTERS = 16 * 1024 * 1024
"""Of printed output that is searched, from its end."""

LOG_LINE_CHARACTERS = 1024 * 1024
"""Of one line of a stream of lines; what follows in it is passed over."""

LOG_BYTES = 4 * 1024 * 1024 * 1024
"""Read of one log at most; it is condensed while it streams."""

ARCHIVE_MEMBERS = 10_000
"""Entries of a zip archive, and reports read of one."""

ARCHIVE_DIRECTORY_BYTES = 16 * 1024 * 1024
"""Of a zip archive's directory, which stands in memory as a whole."""

ARCHIVE_BYTES = 2 * 1024 * 1024 * 1024
"""Unpacked from one archive at most."""

ARCHIVE_RATIO = 500
"""How many times its packed size an entry above CHUNK_BYTES may be; deflate reaches 1,032 on one repeated byte."""

ROSTER_NAMES = 1_000_000
"""Test cases of several reports that are compared by name; past it, reports add up."""
