"""Dissecting what comes after a head: bodies, events, packets, compressed frames."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.network.trace import Segment, Trace
from servers.wire.close_codes import CloseReason
from servers.wire.deflate import Deflater
from servers.wire.deflate_offer import make_offer
from servers.wire.dissect import dissect
from servers.wire.frames import BINARY, CLOSE, PING, TEXT
from servers.wire.handshake import answer, build_request
from servers.wire.http_body import serialise_chunk
from servers.wire.http_head import serialise_request, serialise_response
from servers.wire.ws_messages import MessageWriter
from tests.wire.test_dissect import assert_every_bit_is_covered_once, trace_of

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def get(target="/events"):
    return ("client", f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())


def ok(headers, body=b""):
    return ("server", b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n" + body)


CHUNKED = b"Transfer-Encoding: chunked"
STREAM = b"Content-Type: text/event-stream; charset=utf-8"


def chunked(*chunks):
    return b"".join(map(serialise_chunk, [*chunks, b""]))


def upgrade(target, deflate=False, key=KEY):
    offers = [make_offer()] if deflate else []
    request = build_request("a", target, key=key, extensions=offers)
    agreed = answer(
        request,
        accept_extensions=lambda o: [replace(e, parameters=()) for e in o],
    )
    return [
        ("client", serialise_request(request)),
        ("server", serialise_response(agreed)),
    ]


def shown(messages):
    return [(m.sender, m.kind, m.summary, m.data, m.fields, m.error) for m in messages]


def said(talk, ends=()):
    """What is dissected, after checking that every cut of the bytes gives the same."""
    trace = trace_of(talk)
    trace.segments += ends
    bytewise = trace_of(talk, range(max(len(data) for _, data in talk)))
    bytewise.segments += ends
    messages = dissect(trace)
    assert shown(dissect(bytewise)) == shown(messages)
    for sender in ("client", "server"):
        sent = b"".join(data for who, data in talk if who == sender)
        assert b"".join(m.data for m in messages if m.sender == sender) == sent
    for message in messages:
        if message.fields and not message.error:
            assert_every_bit_is_covered_once(message)
    return messages


def names_of(message, *, after):
    names = [f.name for f in message.fields]
    return [(f.name, f.value) for f in message.fields[names.index(after) + 1 :]]


def test_a_chunked_body_when_dissected_shows_its_chunks():
    body = chunked("Xin chào".encode(), b"An")
    _, response, following = said([get(), ok(CHUNKED, body), get("/next")])
    assert names_of(response, after="empty line") == [
        ("chunk size", "9 bytes"),
        ("body", "Xin chào"),
        ("chunk end", ""),
        ("chunk size", "2 bytes"),
        ("body", "An"),
        ("chunk end", ""),
        ("last chunk", "0 bytes"),
        ("trailers end", ""),
    ]
    assert (response.summary, following.summary) == ("HTTP/1.1 200 OK", "GET /next")


def test_bodies_when_messages_follow_each_other_end_where_they_end():
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
    head = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    answers = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
    answers += b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    answers += b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    talk = [("client", post + head + post), ("server", answers)]
    assert [m.summary for m in said(talk)] == [
        "POST /",
        "HEAD /",
        "POST /",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 200 OK",  # to HEAD: the length is told, the body is not sent
        "HTTP/1.1 200 OK",
    ]


def test_a_body_when_it_lasts_until_the_close_is_whole_only_then():
    talk = [get(), ok(b"Server: x", b"half and half")]
    fin = Segment(9.0, 1, "server", event="fin")
    _, response, end = said(talk, [fin])
    assert (response.kind, response.error, end.kind) == ("response", "", "fin")
    assert response.fields[-1].value == "half and half"
    _, cut_off, _ = said(talk, [fin._replace(event="reset")])
    assert (cut_off.kind, "middle" in cut_off.error) == ("response", True)


def test_a_body_when_it_breaks_the_rules_keeps_its_head_and_says_why():
    _, response, rest = said([get(), ok(CHUNKED, b"2\r\nhi\r\nxyz\r\nmore")])
    assert (response.kind, response.error) == ("response", "This is no chunk size.")
    assert rest.data == b"xyz\r\nmore"
    _, unknown, rest = said([get(), ok(b"Transfer-Encoding: gzip", b"?")])
    assert (unknown.kind, rest.data) == ("bytes", b"?")


BLOCKS = [
    b"retry: 1000\n\n",
    b": still here\n\n",
    "id: 7\nevent: price\ndata: Đà Nẵng\ndata: 2\n\n".encode(),
    b"data\n\n",
]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_an_event_stream_when_dissected_gives_each_event_by_itself(end, is_chunked):
    blocks = [block.replace(b"\n", end) for block in BLOCKS]
    body = chunked(*blocks) if is_chunked else b"".join(blocks)
    headers = STREAM + (b"\r\n" + CHUNKED if is_chunked else b"")
    fin = Segment(9.0, 1, "server", event="fin")
    messages = said([get(), ok(headers, body)], [fin])
    events = [(m.kind, m.summary) for m in messages[1:]]
    assert events[:5] == [
        ("response", "HTTP/1.1 200 OK"),
        ("event", "no event: retry"),
        ("comment", "comment “still here”"),
        ("event", "price “Đà Nẵng\n2”"),
        ("event", "message “”"),
    ]
    closing = [("end", "end of the event stream")] if is_chunked else []
    assert events[5:] == [*closing, ("fin", "FIN")]
    price = messages[4].fields[1:-1] if is_chunked else messages[4].fields
    assert [(f.name, f.value) for f in price] == [
        ("id", "7"),
        ("event", "price"),
        ("data", "Đà Nẵng"),
        ("data", "2"),
        ("end of event", ""),
    ]


def test_events_when_they_arrive_are_there_at_once():
    trace = trace_of([get(), ok(STREAM), ("server", b"data: 1\n\n")])
    last = dissect(trace)[-1]
    assert (last.kind, last.time_ms) == ("event", 2.0)
    bare = trace_of([get(), ok(STREAM), ("server", b"data: 1\r\r")])
    assert dissect(bare)[-1].summary == "message “1”"


def test_an_event_when_chunks_cut_it_anywhere_is_one_message():
    stream = b"".join(BLOCKS)
    for at in range(1, len(stream)):
        body = chunked(stream[:at], stream[at:])
        messages = said([get(), ok(STREAM + b"\r\n" + CHUNKED, body), get("/next")])
        kinds = [m.kind for m in messages[2:]]
        assert kinds == ["event", "comment", "event", "event", "end", "request"]
        assert messages[4].summary == "price “Đà Nẵng\n2”"
        names = {f.name for m in messages[2:6] for f in m.fields}
        assert names - {"chunk size", "chunk end"} == {
            "retry", "comment", "id", "event", "data", "end of event"
        }  # fmt: skip


def test_an_event_when_the_stream_ends_in_it_is_dropped_and_shown():
    *_, half = said([get(), ok(STREAM, b"data: a\n\ndata: b")])
    assert (half.data, "dropped" in half.error) == (b"data: b", True)
    headers = STREAM + b"\r\nContent-Length: 7"
    *_, half, following = said([get(), ok(headers, b"data: b"), ok(b"Server: x")])
    assert (half.data, "dropped" in half.error) == (b"data: b", True)
    assert following.kind == "response"


POLL = "/socket.io/?EIO=4&transport=polling&sid=a"


def test_polling_bodies_when_dissected_show_their_packets():
    body = '42["hello"]\x1e2\x1ebAQID\x1e42/admin,13["Xin chào"]'.encode()
    length = f"Content-Length: {len(body)}".encode()
    post = b"POST " + POLL.encode() + b" HTTP/1.1\r\nHost: a\r\n" + length
    talk = [("client", post + b"\r\n\r\n" + body), ok(length, body)]
    expected = [
        ("Engine.IO type", "4 message"),
        ("Socket.IO type", "2 EVENT"),
        ("data", '["hello"]'),
        ("record separator", "1e"),
        ("Engine.IO type", "2 ping"),
        ("record separator", "1e"),
        ("Engine.IO type", "b message in base64"),
        ("data", "01 02 03"),
        ("record separator", "1e"),
        ("Engine.IO type", "4 message"),
        ("Socket.IO type", "2 EVENT"),
        ("namespace", "/admin"),
        ("acknowledgement id", "13"),
        ("data", '["Xin chào"]'),
    ]
    for message in said(talk):
        assert names_of(message, after="empty line") == expected
    # A plain answer to a POST is no packet, and stays a body.
    *_, plain = said([talk[0], ok(b"Content-Length: 2", b"ok")])
    assert plain.fields[-1].name == "body"


def test_frames_when_engine_io_speaks_show_their_packets():
    writer = MessageWriter()
    texts = ["2probe", '451-["a",{"_placeholder":true,"num":0}]', "4hello", "no packet"]
    frames = b"".join(writer.write(TEXT, text) for text in texts)
    target = "/socket.io/?EIO=4&transport=websocket"
    messages = said([*upgrade(target), ("server", frames)])[2:]
    assert [m.summary for m in messages] == [f"text “{text}”" for text in texts]
    assert [names_of(m, after="payload length") for m in messages] == [
        [("Engine.IO type", "2 ping"), ("data", "probe")],
        [
            ("Engine.IO type", "4 message"),
            ("Socket.IO type", "5 BINARY_EVENT"),
            ("attachments", "1"),
            ("data", '["a",{"_placeholder":true,"num":0}]'),
        ],
        [("Engine.IO type", "4 message"), ("data", "hello")],
        [("payload", "no packet")],
    ]
    data, fields = messages[1].data, messages[1].fields[5:]
    assert [data[f.start : f.end] for f in fields] == [
        b"4",
        b"5",
        b"1-",
        b'["a",{"_placeholder":true,"num":0}]',
    ]
    # Under /engine.io/ a message is only Engine.IO's; elsewhere text is only text.
    for target, names in [
        ("/engine.io/?EIO=4", ["Engine.IO type", "data"]),
        ("/chat", ["payload"]),
    ]:
        *_, last = said([*upgrade(target), ("server", writer.write(TEXT, '42["a"]'))])
        assert [n for n, _ in names_of(last, after="payload length")] == names


def test_frames_when_compressed_show_what_they_hold():
    client = MessageWriter(lambda: b"mask", Deflater())
    server = MessageWriter(deflater=Deflater())
    talk = [
        *upgrade("/chat", deflate=True),
        ("client", client.write(TEXT, "Xin chào") + client.write(TEXT, "Xin chào")),
        ("server", server.write(PING, b"") + server.write(TEXT, "Đà Nẵng", 5)),
        ("server", server.write(BINARY, b"\1" * 50)),
        ("server", server.write(CLOSE, CloseReason(1000, "bye"))),
    ]
    messages = said(talk)[2:]
    assert [m.kind for m in messages[:4]] == ["text", "text", "ping", "text"]
    assert messages[1].summary.startswith("text “Xin chào”, ")
    assert messages[1].fields[-1].value == "Xin chào"
    assert messages[1].fields[-1].name == "payload, inflated"
    text = [m for m in messages[3:] if m.kind in ("text", "continuation")]
    assert "".join(m.fields[-1].value for m in text) == "Đà Nẵng"
    assert messages[-2].summary.startswith("binary, 50 bytes, ")
    assert messages[-1].summary == "close 1000 bye"


def test_frames_when_the_second_offer_was_taken_are_inflated_by_it():
    offers = "permessage-deflate; server_max_window_bits=10, permessage-deflate"
    request = build_request("a", "/", key=KEY)
    request = replace(
        request, headers=(*request.headers, ("Sec-WebSocket-Extensions", offers))
    )
    agreed = answer(request, accept_extensions=lambda known: known[1:])
    hello = MessageWriter(deflater=Deflater()).write(TEXT, "Hello")
    handshake = serialise_response(agreed)
    talk = [("client", serialise_request(request)), ("server", handshake + hello)]
    assert said(talk)[-1].summary == "text “Hello”, 7 bytes deflated"


def test_frames_when_compression_fails_say_so_and_are_kept():
    bad = bytes.fromhex("c103ffffff" + "c107f248cdc9c90700")
    bomb = MessageWriter(deflater=Deflater()).write(TEXT, "a" * 2_000_000)
    first, second = said([*upgrade("/", deflate=True), ("server", bad)])[2:]
    assert (first.error, second.error) == ("The payload is not DEFLATE.", "")
    assert second.summary == "text, 7 bytes, RSV 100"
    (message,) = said([*upgrade("/", deflate=True), ("server", bomb)])[2:]
    assert "too big" in message.error


def test_a_connection_when_it_switches_to_something_else_is_kept_as_bytes():
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"
    _, _, rest = said([get(), ("server", switch + b"PRI")])
    assert (rest.data, "h2c" in rest.error) == (b"PRI", True)


SAMPLES = [
    get()[1],
    get(POLL)[1],
    *(data for _, data in upgrade("/socket.io/?EIO=4", deflate=True)),
    ok(CHUNKED, chunked(b"hello"))[1],
    ok(STREAM + b"\r\n" + CHUNKED, chunked(*BLOCKS))[1],
    ok(STREAM, b"data: a\r\n\r\n\r\r\n\n")[1],
    b"5\r\ndata:\r\n",
    b"data: a\r",
    b"\n",
    MessageWriter(deflater=Deflater()).write(TEXT, '42["a"]', 4),
    MessageWriter(lambda: b"mask").write(TEXT, '42["a"]'),
]
mutations = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=2)


def mutate(data, changes):
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    return bytes(changed)


spoken = st.tuples(
    st.sampled_from(["client", "server", "server"]),
    st.builds(mutate, st.sampled_from(SAMPLES), st.just([]) | mutations),
)
ends = st.lists(
    st.builds(
        Segment,
        st.just(9.0),
        st.just(1),
        st.sampled_from(["client", "server"]),
        st.just(b""),
        event=st.sampled_from(["fin", "reset"]),
    ),
    max_size=2,
)


@settings(max_examples=100)
@given(
    st.booleans(),
    st.lists(spoken, max_size=5),
    st.lists(st.integers(0, 400), max_size=6),
    ends,
    st.lists(spoken, max_size=1),
)
def test_anything_when_cut_anywhere_is_read_the_same(opened, talk, cuts, ends, late):
    talk = (upgrade("/", True) if opened else [get()]) + talk
    traces = [trace_of(talk), trace_of(talk, cuts), trace_of(talk, range(400))]
    for trace in traces:
        trace.segments += ends
        trace.segments += trace_of(late).segments
    whole = shown(dissect(traces[0]))
    for trace in traces[1:]:
        assert shown(dissect(trace)) == whole
    for sender in ("client", "server"):
        sent = b"".join(data for who, data in talk + late if who == sender)
        assert b"".join(m[3] for m in whole if m[0] == sender) == sent
    for message in dissect(traces[0]):
        assert all(0 <= f.start < f.end <= len(message.data) for f in message.fields)


def test_a_trace_when_saved_and_loaded_is_dissected_the_same():
    trace = trace_of([get(), ok(STREAM, b"".join(BLOCKS))])
    again = Trace.from_json(json.dumps(json.loads(trace.to_json())))
    assert dissect(again) == dissect(trace)
