"""Server-sent events out of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.models.events import EVENT_LIMIT, BadStream, Event, events


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\n", [Event("message", "a")]),
        (b"event: e\ndata: a\n\n", [Event("e", "a")]),
        (b"event:e\ndata:a\n\n", [Event("e", "a")]),
        (b"data:  two spaces\n\n", [Event("message", " two spaces")]),
        (b"data: a\ndata: b\n\n", [Event("message", "a\nb")]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [Event("message", "a"), Event("message", "b")]),
        (b"data: a\r\rdata: b\r\r\n", [Event("message", "a"), Event("message", "b")]),
        (b": a comment\n\ndata: a\n\n", [Event("message", "a")]),
        (b"id: 7\nretry: 100\nunknown\ndata: a\n\n", [Event("message", "a")]),
        (b"event: nothing to say\n\ndata: a\n\n", [Event("message", "a")]),
        (b"data\n\n", [Event("message", "")]),
        (b"data: cut off\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [Event("message", "a")]),
        ("data: \N{SNOWMAN}\u2028\n\n".encode(), [Event("message", "\N{SNOWMAN}\u2028")]),
        (b"", []),
    ],
    ids=repr,
)
def test_events_are_read_as_the_standard_says(stream: bytes, expected: list[Event]) -> None:
    assert list(events([stream])) == expected
    assert list(events(bytes([byte]) for byte in stream)) == expected


def test_a_return_at_the_end_of_a_piece_ends_its_line_when_more_comes() -> None:
    with pytest.raises(BadStream):
        list(events([b"\xff\r", b"data: a"]))


@given(
    st.lists(st.sampled_from([b"data: a", b"\r", b"\n", b"\r\n", b"event: b", b":", b"\xff"]), max_size=30), st.data()
)
def test_where_the_bytes_are_cut_makes_no_difference(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    at = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    pieces = [stream[start:end] for start, end in zip([0, *at], [*at, len(stream)], strict=True)]

    def read(source: list[bytes]) -> list[Event] | str:
        try:
            return list(events(source))
        except BadStream as error:
            return str(error)

    assert read(pieces) == read([stream])


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([b"x" * 65_536] * (EVENT_LIMIT // 65_536 + 3), "a line is too long"),
        ([b"data: " + b"x" * 65_536 + b"\n"] * (EVENT_LIMIT // 65_536 + 1), "an event is too long"),
        ([b"data: \xff\n\n"], "not UTF-8"),
    ],
    ids=["a line without an end", "an event without an end", "no text"],
)
def test_a_stream_that_cannot_be_read_is_refused_before_it_fills_the_memory(pieces: list[bytes], why: str) -> None:
    with pytest.raises(BadStream, match=why):
        list(events(pieces))


@pytest.mark.parametrize("data", ["", "[]", "null", "{", '"text"', "[" * 100_000])
def test_data_that_is_no_object_is_refused(data: str) -> None:
    with pytest.raises(BadStream, match="not a JSON object"):
        _ = Event("message", data).document
