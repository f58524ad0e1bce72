"""Event streams: the standard's examples, every rule, any split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.wire.event_stream import (
    MAX_RETRY_MS,
    Event,
    EventStreamError,
    EventStreamReader,
    serialise_comment,
    serialise_event,
)
from tests.wire.test_ws_messages import bytewise, cut, places


def read_events(pieces, **options):
    """The events, what is left in the reader, and whether it gave up."""
    reader, events = EventStreamReader(**options), []
    for piece in pieces:
        reader.feed(piece)
        try:
            events += reader
        except EventStreamError:
            return events, reader.last_event_id, reader.retry_ms, True
    return events, reader.last_event_id, reader.retry_ms, False


def assert_read(text, *events, last_event_id="", retry_ms=None):
    data = text.encode() if isinstance(text, str) else text
    expected = (list(events), last_event_id, retry_ms, False)
    assert read_events([data]) == expected
    assert read_events(bytewise(data)) == expected


def test_the_standards_examples_when_read():
    """WHATWG HTML §9.2.6, in its order."""
    assert_read("data: YHOO\ndata: +2\ndata: 10\n\n", Event("YHOO\n+2\n10"))
    assert_read(
        ": test stream\n\ndata: first event\nid: 1\n\n"
        "data:second event\nid\n\ndata:  third event\n\n",
        Event("first event", last_event_id="1"),
        Event("second event"),
        Event(" third event"),
    )
    # The standard's last block ends without an empty line and is dropped.
    assert_read("data\n\ndata\ndata\n\ndata:", Event(""), Event("\n"))
    assert_read("data:test\n\ndata: test\n\n", Event("test"), Event("test"))


def test_the_standards_types_when_read():
    """WHATWG HTML §9.2.1: events with types of their own."""
    assert_read(
        "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        Event("73857293", "add"),
        Event("2153", "remove"),
    )


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends_when_they_are_of_any_kind(end):
    assert_read(f"data: a{end}{end}data: b{end}{end}", Event("a"), Event("b"))
    assert_read(f"data: a{end}data: b{end}{end}", Event("a\nb"))


def test_a_bare_cr_when_it_arrives_ends_the_event_at_once():
    reader = EventStreamReader()
    reader.feed(b"data: a\r\r")
    assert reader.read() == Event("a")
    reader.feed(b"\ndata: b\r\n\r")  # the line feed belongs to the CR before it
    assert reader.read() == Event("b")


def test_a_byte_order_mark_when_it_leads_is_dropped_once():
    assert_read("\ufeffdata: a\n\n", Event("a"))
    assert_read("\ufeff\ufeffdata: a\n\n")
    assert_read("data: \ufeffa\n\n", Event("\ufeffa"))


def test_data_when_empty_or_missing():
    assert_read("event: x\nid: 1\n\n", last_event_id="1")
    assert_read("event: x\n\ndata: a\n\n", Event("a"))  # the type is forgotten
    assert_read("data\n\n", Event(""))


def test_an_id_when_it_stays_goes_or_holds_null():
    assert_read(
        "id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n",
        *(Event(letter, last_event_id="1") for letter in "abc"),
        Event("d"),
    )
    # Given, but not yet dispatched: a client that reconnects now sends the old one.
    assert_read("id: 1\ndata: a\n\nid: 2\ndata", Event("a", "message", "1"),
                last_event_id="1")  # fmt: skip


def test_retry_when_it_is_a_number_or_is_not():
    assert_read("retry: 3000\n", retry_ms=3000)
    assert_read("retry: 0010\nretry: 1.5\nretry: -1\nretry: ٣\nretry\n", retry_ms=10)
    assert_read("retry: " + "9" * 5000 + "\n", retry_ms=MAX_RETRY_MS)


def test_fields_when_unknown_in_capitals_or_in_any_order():
    assert_read("Data: a\nfoo: b\n data: c\n:data: d\n\n")
    for text in ("id: 1\nevent: e\ndata: a\n\n", "data: a\nevent: e\nid: 1\n\n"):
        assert_read(text, Event("a", "e", "1"), last_event_id="1")


def test_bytes_when_they_are_not_utf_8_are_replaced():
    assert_read(b"data: \xff\xe1\xbb\n\n", Event("\ufffd\ufffd"))


lines = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)
ids = lines.filter(lambda text: "\0" not in text)
events = st.builds(
    Event, st.lists(lines, min_size=1, max_size=3).map("\n".join), lines, ids
)


@given(st.lists(events, max_size=5), places)
def test_events_when_written_and_read_in_any_pieces(said, places):
    data = b"".join(
        serialise_event(e.data, event=e.type, event_id=e.last_event_id)
        + serialise_comment("beat")
        for e in said
    )
    heard = [Event(e.data, e.type or "message", e.last_event_id) for e in said]
    last = said[-1].last_event_id if said else ""
    for pieces in (cut(data, places), bytewise(data)):
        assert read_events(pieces) == (heard, last, None, False)


def parse_at_once(text):
    """The standard's rules once more, on the whole text: the plainest reference."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    *whole, _ = text.split("\n")
    found, buffers = [], {"data": "", "event": "", "id": ""}
    for line in whole:
        name, _, value = line.partition(":")
        value = value[1:] if value[:1] == " " else value
        if not line:
            if buffers["data"]:
                kind = buffers["event"] or "message"
                found.append(Event(buffers["data"][:-1], kind, buffers["id"]))
            buffers |= {"data": "", "event": ""}
        elif name == "data":
            buffers["data"] += value + "\n"
        elif name == "event" or (name == "id" and "\0" not in value):
            buffers[name] = value
    return found


soup = st.lists(
    st.sampled_from(
        "data,event,id,retry,:,a,đ,7,\ufeff,\0, ,\r,\n,\n\n,\r\n".split(",")
    ),
    max_size=40,
).map("".join)


@given(soup, places)
def test_any_text_when_read_is_what_the_plain_reference_reads(text, places):
    data = text.encode()
    assert read_events([data])[0] == parse_at_once(text)
    for pieces in (cut(data, places), bytewise(data)):
        assert read_events(pieces) == read_events([data])


@given(st.binary(max_size=60), places)
def test_any_bytes_when_read_give_the_same_and_raise_nothing(data, places):
    assert read_events(cut(data, places)) == read_events([data])


@given(soup, st.integers(1, 6), places)
def test_an_event_when_too_long_is_refused_however_it_is_cut(text, limit, places):
    data = text.encode()
    whole = read_events([data], max_event_characters=limit)
    assert all(len(event.data) < limit for event in whole[0])
    for pieces in (cut(data, places), bytewise(data)):
        assert read_events(pieces, max_event_characters=limit) == whole


def test_lines_when_they_never_end_are_refused():
    assert read_events([b"data: " + b"x" * 2_000_000])[3]
    assert read_events([b"data: xxxxxxxx\n" * 200_000])[3]


def test_an_event_when_written_byte_for_byte():
    assert serialise_event("a\r\nb\rc") == b"data: a\ndata: b\ndata: c\n\n"
    written = serialise_event("", event="tick", event_id="", retry_ms=1000)
    assert written == b"event: tick\nid: \nretry: 1000\ndata: \n\n"
    assert serialise_event(retry_ms=5) == b"retry: 5\n\n"
    assert serialise_comment("a\nb") == b": a\n: b\n\n"


@pytest.mark.parametrize(
    "bad", [{"event": "a\nb"}, {"event_id": "a\rb"}, {"event_id": "\0"},
            {"retry_ms": -1}]
)  # fmt: skip
def test_an_event_when_it_would_be_read_as_something_else(bad):
    with pytest.raises(ValueError):
        serialise_event("x", **bad)
