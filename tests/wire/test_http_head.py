"""Heads: values and bytes in both directions, any split, any input."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servers.wire.http_head import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    HandshakeError,
    HeadReader,
    Request,
    Response,
    parse_request,
    parse_response,
    refuse,
    serialise_request,
    serialise_response,
)

SAMPLE = (
    b"GET /chat HTTP/1.1\r\n"
    b"Host: server.example.com\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Origin: http://example.com\r\n"
    b"Sec-WebSocket-Protocol: chat, superchat\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)

tokens = st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}", fullmatch=True)
values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"])
).map(lambda text: text.strip(" \t"))
header_lists = st.lists(st.tuples(tokens, values), max_size=8).map(tuple)


def test_the_sample_of_rfc_6455_when_parsed_and_serialised():
    request = parse_request(SAMPLE)
    assert (request.method, request.target) == ("GET", "/chat")
    assert request.one("sec-websocket-key") == "dGhlIHNhbXBsZSBub25jZQ=="
    assert request.tokens("Sec-WebSocket-Protocol") == ["chat", "superchat"]
    assert serialise_request(request) == SAMPLE


@given(tokens, header_lists)
def test_a_request_when_sent_and_read_back(method, headers):
    others = tuple(h for h in headers if h[0].lower() != "host")
    request = Request((("Host", "a"), *others), method, "/x?y=%20")
    assert parse_request(serialise_request(request)) == request


@given(header_lists, st.integers(100, 599), values)
def test_a_response_when_sent_and_read_back(headers, status, reason):
    response = Response(headers, status, reason)
    assert parse_response(serialise_response(response)) == response


@given(st.data())
def test_a_head_when_cut_anywhere_reads_the_same(data):
    stream = SAMPLE + data.draw(st.binary(max_size=20))
    reader, head, position = HeadReader(), None, 0
    while head is None:
        size = data.draw(st.integers(1, 40))
        head = reader.feed(stream[position : position + size])
        position += size
    assert head == SAMPLE
    assert reader.rest + stream[position:] == stream[len(SAMPLE) :]


@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(1, 300))
def test_the_limit_when_any_bytes_come_in_any_pieces(pieces, limit):
    """In one piece or in many, a head is found, missed or refused alike."""

    def outcome(parts):
        reader = HeadReader(limit)
        for part in parts:
            try:
                if (head := reader.feed(part)) is not None:
                    return head
            except HandshakeError as error:
                return error.status
        return None

    whole = b"".join(pieces)
    together = outcome([whole])
    assert outcome(pieces) == together
    assert outcome([bytes([byte]) for byte in whole]) == together


@given(st.binary(max_size=300))
@example(SAMPLE)
@example(b"GET / HTTP/1.1\r\nHost: \xe9\r\n\r\n")
def test_any_input_when_parsed_raises_only_the_documented_error(data):
    for parse, head in [(parse_request, data), (parse_response, data)]:
        try:
            parse(head)
        except HandshakeError as error:
            assert error.sentence.endswith((".", "?"))
            assert error.status in (
                (0,) if parse is parse_response else (400, 431, 505)
            )


@given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255))
def test_the_sample_when_one_byte_changes_raises_only_the_documented_error(at, byte):
    changed = SAMPLE[:at] + bytes([byte]) + SAMPLE[at + 1 :]
    try:
        assert isinstance(parse_request(changed), Request)
    except HandshakeError as error:
        assert error.status in (400, 431, 505)


@pytest.mark.parametrize(
    ("head", "status", "word"),
    [
        (b"GET /\r\nHost: a\r\n\r\n", 400, "first line"),
        (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "first line"),
        (b"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method"),
        (b"GET /\xc3\xa0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "escaped"),
        (b"GET / HTTP/1.0\r\nHost: a\r\n\r\n", 505, "HTTP/1.1"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "HTTP/1.1"),
        (b"GET / http/1.1\r\nHost: a\r\n\r\n", 400, "version"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Host is missing"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "2 times"),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "name"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400, "colon"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: b\x00c\r\n\r\n", 400, "control"),
        (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "first line"),
        (b"GET / HTTP/1.1\r\nHost: a", 400, "empty line"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * MAX_HEADERS + b"\r\n",
            431,
            "headers",
        ),
    ],
)
def test_a_request_when_it_breaks_a_rule_is_told_which(head, status, word):
    with pytest.raises(HandshakeError) as caught:
        parse_request(head)
    assert caught.value.status == status
    assert word in caught.value.sentence


def test_a_head_when_longer_than_the_limit_is_refused_before_it_ends():
    reader = HeadReader()
    assert reader.feed(b"x" * MAX_HEAD_BYTES) is None
    with pytest.raises(HandshakeError) as caught:
        reader.feed(b"x")
    assert caught.value.status == 431


@pytest.mark.parametrize("bad", ["a\r\nX: y", "a\nb", "a\x00"])
def test_a_value_when_it_holds_a_line_break_is_never_sent(bad):
    with pytest.raises(ValueError, match="line break"):
        serialise_request(Request((("Host", bad),)))
    with pytest.raises(ValueError, match="line break"):
        serialise_response(Response((), 200, bad))


def test_a_refusal_when_read_back_says_what_was_wrong():
    refusal = refuse(HandshakeError(405, "Use GET.", (("Allow", "GET"),)))
    head, body = serialise_response(refusal).split(b"\r\n\r\n")
    read = parse_response(head + b"\r\n\r\n")
    assert (read.status, read.one("Allow")) == (405, "GET")
    assert read.one("Connection") == "close"
    assert int(read.one("Content-Length")) == len(body)
    assert body == b"Use GET.\n"
