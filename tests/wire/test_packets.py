"""Engine.IO and Socket.IO packets: the protocol pages' own, both ways, any input."""

import engineio.packet
import engineio.payload
import pytest
import socketio.packet
from hypothesis import given
from hypothesis import strategies as st

from servers.wire import engineio_packets as eio
from servers.wire import socketio_packets as sio
from servers.wire.engineio_packets import EnginePacket, PacketError
from servers.wire.socketio_packets import PacketReader, SocketPacket

OPENING = (
    '{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,'
    '"pingTimeout":20000,"maxPayload":1000000}'
)


@pytest.mark.parametrize(
    ("packet", "wire"),
    [
        (EnginePacket(eio.OPEN, OPENING), "0" + OPENING),
        (EnginePacket(eio.CLOSE), "1"),
        (EnginePacket(eio.PING), "2"),
        (EnginePacket(eio.PING, "probe"), "2probe"),
        (EnginePacket(eio.PONG, "probe"), "3probe"),
        (EnginePacket(eio.MESSAGE, "hello"), "4hello"),
        (EnginePacket(eio.MESSAGE, b"\1\2\3\4"), b"\1\2\3\4"),
        (EnginePacket(eio.UPGRADE), "5"),
        (EnginePacket(eio.NOOP), "6"),
    ],
)
def test_engine_io_packets_when_written_and_read(packet, wire):
    assert eio.serialise_packet(packet) == wire
    assert eio.parse_packet(wire) == packet


@pytest.mark.parametrize(
    ("packets", "wire"),
    [
        (
            [
                EnginePacket(eio.MESSAGE, "hello"),
                EnginePacket(eio.PING),
                EnginePacket(eio.MESSAGE, "world"),
            ],
            "4hello\x1e2\x1e4world",
        ),
        (
            [
                EnginePacket(eio.MESSAGE, "hello"),
                EnginePacket(eio.MESSAGE, b"\1\2\3\4"),
            ],
            "4hello\x1ebAQIDBA==",
        ),
    ],
)
def test_engine_io_payloads_when_written_and_read(packets, wire):
    assert eio.serialise_payload(packets) == wire
    assert eio.parse_payload(wire) == packets


# Socket.IO protocol 5, "Packet encoding", in the page's order.
PLACEHOLDERS = ['{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":1}']
SID, OTHER = {"sid": "wZX3oN0bSVIhsaknAAAI"}, {"sid": "oSO0OpakMV_3jnilAAAA"}
PAGE = [
    (SocketPacket(sio.CONNECT), ["0"]),
    (SocketPacket(sio.CONNECT, SID), ['0{"sid":"wZX3oN0bSVIhsaknAAAI"}']),
    (SocketPacket(sio.CONNECT, None, "/admin"), ["0/admin,"]),
    (
        SocketPacket(sio.CONNECT, OTHER, "/admin"),
        ['0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}'],
    ),
    (
        SocketPacket(sio.CONNECT_ERROR, {"message": "Not authorized"}),
        ['4{"message":"Not authorized"}'],
    ),
    (SocketPacket(sio.EVENT, ["foo"]), ['2["foo"]']),
    (SocketPacket(sio.EVENT, ["bar"], "/admin"), ['2/admin,["bar"]']),
    (
        SocketPacket(sio.BINARY_EVENT, ["baz", b"\1\2\3\4"]),
        [f'51-["baz",{PLACEHOLDERS[0]}]', b"\1\2\3\4"],
    ),
    (
        SocketPacket(sio.BINARY_EVENT, ["baz", b"\1\2", b"\3\4"], "/admin"),
        [f'52-/admin,["baz",{",".join(PLACEHOLDERS)}]', b"\1\2", b"\3\4"],
    ),
    (SocketPacket(sio.EVENT, ["foo"], id=12), ['212["foo"]']),
    (SocketPacket(sio.ACK, [], id=12), ["312[]"]),
    (SocketPacket(sio.EVENT, ["foo"], "/admin", 13), ['2/admin,13["foo"]']),
    (SocketPacket(sio.ACK, ["bar"], "/admin", 13), ['3/admin,13["bar"]']),
    (
        SocketPacket(sio.BINARY_EVENT, ["foo", b"\1\2\3\4"], id=14),
        [f'51-14["foo",{PLACEHOLDERS[0]}]', b"\1\2\3\4"],
    ),
    (SocketPacket(sio.ACK, ["bar"], id=14), ['314["bar"]']),
    (SocketPacket(sio.EVENT, ["foo"], id=15), ['215["foo"]']),
    (
        SocketPacket(sio.BINARY_ACK, ["bar", b"\1\2\3\4"], id=15),
        [f'61-15["bar",{PLACEHOLDERS[0]}]', b"\1\2\3\4"],
    ),
    (SocketPacket(sio.DISCONNECT), ["1"]),
    (SocketPacket(sio.DISCONNECT, None, "/admin"), ["1/admin,"]),
]


def read_packets(parts):
    reader = PacketReader()
    return [packet for part in parts if (packet := reader.feed(part)) is not None]


@pytest.mark.parametrize(("packet", "wire"), PAGE, ids=[w[0] for _, w in PAGE])
def test_socket_io_packets_when_written_and_read(packet, wire):
    assert sio.serialise_packet(packet) == wire
    assert read_packets(wire) == [packet]


def test_socket_io_sample_when_two_packets_share_a_polling_body():
    packets = eio.parse_payload('42["hello"]\x1e42["world"]')
    heard = read_packets(packet.data for packet in packets)
    assert [packet.data for packet in heard] == [["hello"], ["world"]]


letters = st.characters(codec="utf-8", exclude_characters="\x1e")
engine_packets = st.builds(
    EnginePacket, st.integers(0, 6), st.text(letters, max_size=20)
) | st.builds(EnginePacket, st.just(eio.MESSAGE), st.binary(max_size=20))


@given(st.lists(engine_packets, min_size=1, max_size=10))
def test_payloads_when_the_library_reads_and_writes_them(packets):
    wire = eio.serialise_payload(packets)
    assert eio.parse_payload(wire) == packets
    if not wire.startswith("d="):
        theirs = engineio.payload.Payload(encoded_payload=wire).packets
        assert [p.packet_type for p in theirs] == [p.type for p in packets]
        assert [p.binary for p in theirs] == [
            isinstance(p.data, bytes) for p in packets
        ]
    packed = [engineio.packet.Packet(p.type, p.data) for p in packets]
    assert engineio.payload.Payload(packed).encode() == wire


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10)
    | st.binary(max_size=10),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("abcđ", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
names = st.text("abc-ế", min_size=1, max_size=6).map(lambda name: f"/{name}")
socket_packets = st.builds(
    lambda kind, args, *rest: SocketPacket(
        kind, args if kind == sio.ACK else ["said", *args], *rest
    ),
    st.sampled_from([sio.EVENT, sio.ACK]),
    st.lists(json_values, max_size=3),
    st.just("/") | names,
    st.none() | st.integers(0, 10**15 - 1),
)


@given(st.lists(socket_packets, max_size=4))
def test_packets_when_written_and_read_with_their_attachments(said):
    parts = [part for packet in said for part in sio.serialise_packet(packet)]
    heard = read_packets(parts)
    assert [(p.data, p.namespace, p.id) for p in heard] == [
        (p.data, p.namespace, p.id) for p in said
    ]


@given(socket_packets)
def test_packets_when_the_library_reads_and_writes_them(packet):
    text, *attachments = sio.serialise_packet(packet)
    theirs = socketio.packet.Packet(encoded_packet=text)
    for attachment in attachments:
        theirs.add_attachment(attachment)
    said = (packet.data, packet.namespace, packet.id)
    assert (theirs.data, theirs.namespace or "/", theirs.id) == said
    encoded = socketio.packet.Packet(
        packet.type, packet.data, packet.namespace, packet.id
    ).encode()
    (heard,) = read_packets(encoded if isinstance(encoded, list) else [encoded])
    assert (heard.data, heard.namespace, heard.id) == said


@pytest.mark.parametrize(
    "parts",
    [
        [""],
        ["7"],
        ["hello"],
        ["2"],
        ["2[]"],
        ["2[null]"],
        ["2{}"],
        ["3"],
        ["1[]"],
        ["0[]"],
        ["4"],
        ["2[NaN]"],
        ['2["a"'],
        ["2" + "[" * 100_000],
        ["2" + "1" * 16 + '["a"]'],
        ["2[" + "9" * 5000 + "]"],
        ['5["a"]'],
        ['51-["a"]', '2["b"]'],
        ['2["a"]', b"x"],
        [b"x"],
        ['51-["a",{"_placeholder":true,"num":1}]', b"x"],
        ['51-["a",{"_placeholder":true,"num":-1}]', b"x"],
        ['51-["a",{"_placeholder":true,"num":true}]', b"x"],
        ['51-["a",{"_placeholder":true}]', b"x"],
        ['5101-["a"]'],
        ['51-["a"]', bytes(1_000_000)],
        ['2["' + "a" * 1_000_000 + '"]'],
    ],
    ids=lambda parts: repr(parts)[:40],
)
def test_packets_when_they_break_a_rule_or_a_limit(parts):
    reader = PacketReader()
    with pytest.raises(PacketError):
        for part in parts:
            reader.feed(part)
    # What was collected is dropped: the reader starts afresh.
    assert reader.feed("0") == SocketPacket(sio.CONNECT)


@pytest.mark.parametrize(
    "payload",
    ["", "7", "4a\x1e", "b*", "bA", "bé", "²", "4" * 1_000_001, "2\x1e" * 1000],
)
def test_payloads_when_they_break_a_rule_or_a_limit(payload):
    with pytest.raises(PacketError):
        eio.parse_payload(payload)


texts = st.text('0123456-/,[]{}"a:b\x1e ếN\ud800', max_size=30)


@given(st.lists(texts | st.binary(max_size=5), max_size=5))
def test_anything_when_read_raises_only_the_documented_error(parts):
    reader = PacketReader()
    for part in parts:
        for read in (reader.feed, eio.parse_packet):
            try:
                read(part)
            except PacketError as error:
                assert error.sentence
        if isinstance(part, str):
            try:
                eio.parse_payload(part)
            except PacketError as error:
                assert error.sentence


@pytest.mark.parametrize(
    "packet",
    [
        SocketPacket(sio.CONNECT, {"a": b"x"}),
        SocketPacket(sio.EVENT, []),
        SocketPacket(sio.EVENT, [b"x"]),
        SocketPacket(sio.EVENT, ["a", float("nan")]),
        SocketPacket(sio.EVENT, ["a"], "admin"),
        SocketPacket(sio.EVENT, ["a"], "/a,b"),
        SocketPacket(7),
    ],
    ids=repr,
)
def test_a_socket_io_packet_when_it_cannot_be_written(packet):
    with pytest.raises(ValueError):
        sio.serialise_packet(packet)


def test_an_engine_io_packet_when_it_cannot_be_written():
    for packet in (EnginePacket(eio.PING, b"x"), EnginePacket(7)):
        with pytest.raises(ValueError):
            eio.serialise_packet(packet)
    for packets in ([], [EnginePacket(eio.MESSAGE, "a\x1eb")]):
        with pytest.raises(ValueError):
            eio.serialise_payload(packets)
