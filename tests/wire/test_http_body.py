"""Bodies: where they end, any split, and what h11 makes of the same bytes."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.wire.http_body import (
    CHUNKED,
    MAX_CHUNK_LINE_BYTES,
    UNTIL_CLOSE,
    BodyReader,
    join_data,
    measure_body,
    serialise_chunk,
)
from servers.wire.http_head import HandshakeError, Request, Response, refuse
from tests.wire.test_ws_messages import bytewise, cut, places


def read_body(length, pieces, **options):
    """The body, what framed it, what came after it, and the status of the fault."""
    try:
        reader = BodyReader(length, **options)
    except HandshakeError as error:
        return b"", [], b"", error.status
    got = []
    try:
        for piece in pieces:
            got += reader.feed(piece)
        reader.close()
    except HandshakeError as error:
        return join_data(got), frames_of(got), b"", error.status
    return join_data(got), frames_of(got), reader.rest, None


def frames_of(pieces):
    return [(p.name, p.data) for p in pieces if p.name != "data"]


@pytest.mark.parametrize(
    ("head", "method", "length"),
    [
        (Request(), "GET", 0),
        (Request((("Content-Length", "5"),)), "POST", 5),
        (Request((("Transfer-Encoding", "Chunked"),)), "POST", CHUNKED),
        (Request((("Content-Length", "5"), ("content-length", "5"))), "POST", 5),
        (Response((("Content-Length", "5"),)), "GET", 5),
        (Response((("Content-Length", "5"),)), "HEAD", 0),
        (Response((("Content-Length", "5"),), 304), "GET", 0),
        (Response((), 204), "GET", 0),
        (Response((), 101), "GET", 0),
        (Response((("Transfer-Encoding", "chunked"),)), "GET", CHUNKED),
        (Response(), "GET", UNTIL_CLOSE),
    ],
)
def test_a_body_when_measured_ends_where_rfc_9112_6_3_says(head, method, length):
    assert measure_body(head, method) == length


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((("Content-Length", "5"), ("Content-Length", "6")), 400),
        ((("Content-Length", "+5"),), 400),
        ((("Content-Length", "9" * 5000),), 400),
        ((("Content-Length", "٥"),), 400),
        ((("Content-Length", "5"), ("Transfer-Encoding", "chunked")), 400),
        ((("Transfer-Encoding", "gzip, chunked"),), 501),
    ],
)
def test_a_body_when_its_end_is_in_doubt_is_refused(headers, status):
    with pytest.raises(HandshakeError) as caught:
        measure_body(Request(headers))
    assert caught.value.status == status
    assert refuse(caught.value).status == status


WIKI = (
    b"4\r\nWiki\r\n6;name=value\r\npedia \r\n"
    b"E\r\nin \r\n\r\nchunks.\r\n0\r\nExpires: never\r\n\r\n"
)


def test_a_chunked_body_when_it_has_extensions_and_trailers_drops_them():
    for pieces in ([WIKI + b"more"], bytewise(WIKI + b"more")):
        body, frames, rest, fault = read_body(CHUNKED, pieces)
        assert (body, rest, fault) == (b"Wikipedia in \r\n\r\nchunks.", b"more", None)
        assert frames[2] == ("chunk size", b"6;name=value\r\n")
        assert frames[-3:] == [
            ("last chunk", b"0\r\n"),
            ("trailer", b"Expires: never\r\n"),
            ("trailers end", b"\r\n"),
        ]


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), places)
def test_a_body_when_h11_reads_it_too(chunks, places):
    wire = b"".join(map(serialise_chunk, [*chunks, b""]))
    judge = h11.Connection(h11.SERVER)
    judge.receive_data(b"POST / HTTP/1.1\r\nHost: a\r\n")
    judge.receive_data(b"Transfer-Encoding: chunked\r\n\r\n" + wire)
    events = []
    while not isinstance(event := judge.next_event(), h11.EndOfMessage):
        events.append(event)
    body = b"".join(bytes(e.data) for e in events if isinstance(e, h11.Data))
    assert read_body(CHUNKED, cut(wire, places))[::3] == (body, None)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_a_body_when_h11_writes_it(chunks):
    pen = h11.Connection(h11.SERVER)
    pen.receive_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    pen.next_event()
    pen.send(h11.Response(status_code=200, headers=[]))
    wire = b"".join(pen.send(h11.Data(data=chunk)) for chunk in chunks)
    wire += pen.send(h11.EndOfMessage())
    assert read_body(CHUNKED, [wire])[::3] == (b"".join(chunks), None)


@given(st.binary(max_size=80), st.integers(0, 60), places)
def test_a_body_when_its_length_is_known_or_the_stream_ends_it(data, size, places):
    pieces = cut(data, places)
    fault = None if len(data) >= size else 400
    body, _, rest, ended = read_body(size, pieces)
    assert (body, ended) == (data[:size], fault)
    assert fault or rest == data[size:]
    assert read_body(UNTIL_CLOSE, pieces) == (data, [], b"", None)


@given(st.data(), places)
def test_a_chunked_body_when_mutated_fails_the_same_however_it_is_cut(draw, places):
    wire = bytearray(WIKI)
    for _ in range(draw.draw(st.integers(0, 4))):
        wire[draw.draw(st.integers(0, len(wire) - 1))] = draw.draw(st.integers(0, 255))
    whole = read_body(CHUNKED, [bytes(wire)], max_body_bytes=200)
    assert whole[3] in (None, 400, 413)
    for pieces in (cut(bytes(wire), places), bytewise(bytes(wire))):
        assert read_body(CHUNKED, pieces, max_body_bytes=200) == whole


@pytest.mark.parametrize(
    ("length", "wire", "status"),
    [
        (CHUNKED, b"5\nHello\r\n", 400),
        (CHUNKED, b"-5\r\n", 400),
        (CHUNKED, b"0x5\r\n", 400),
        (CHUNKED, b"5\r\nHelloWorld", 400),
        (CHUNKED, b"f" * 15 + b"\r\n", 413),
        (CHUNKED, b"1;" + b"x" * MAX_CHUNK_LINE_BYTES, 400),
        (CHUNKED, b"0\r\n" + b"a: b\r\n" * 3000, 431),
        (CHUNKED, b"0\r\nno trailer\r\n\r\n", 400),
        (10**17, b"", 413),
        (UNTIL_CLOSE, bytes(1001), 413),
    ],
)
def test_a_body_when_it_breaks_a_rule_or_a_limit(length, wire, status):
    assert read_body(length, [wire], max_body_bytes=1000)[3] == status
    assert read_body(length, bytewise(wire), max_body_bytes=1000)[3] == status
