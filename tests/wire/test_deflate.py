"""permessage-deflate: RFC 7692's own bytes, what is agreed, and bombs."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import NegotiationError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)

from servers.wire.deflate import MAX_FINAL_BLOCKS, Deflater, Inflater
from servers.wire.deflate_offer import (
    NAME,
    DeflateParameters,
    accept_offer,
    check_acceptance,
    make_offer,
)
from servers.wire.frames import TEXT, FrameError
from servers.wire.handshake import Extension
from servers.wire.http_head import HandshakeError
from servers.wire.ws_messages import MessageWriter, WsMessage
from tests.wire.test_ws_messages import bytewise, read_pieces

HELLO = WsMessage(TEXT, "Hello")


@pytest.mark.parametrize(
    ("said", "wire", "fragment"),
    [
        ([HELLO], "c107f248cdc9c90700", None),  # §7.2.3.1
        ([HELLO, HELLO], "c107f248cdc9c90700c105f200110000", None),  # §7.2.3.2
        ([WsMessage(TEXT, "")], "c10100", None),  # §7.2.3.6
        ([WsMessage(TEXT, "")] * 2, "c10100c10100", None),
    ],
)
def test_rfc_7692_section_7_2_3_when_written_and_read(said, wire, fragment):
    data = bytes.fromhex(wire)
    writer = MessageWriter(deflater=Deflater())
    assert b"".join(writer.write(m.opcode, m.data, fragment) for m in said) == data
    assert read_pieces([data], inflater=Inflater()) == (said, None)
    assert read_pieces(bytewise(data), inflater=Inflater()) == (said, None)


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ("4103f248cd8004c9c90700", "Hello"),  # §7.2.3.1, in two fragments
        ("c10b000500faff48656c6c6f00", "Hello"),  # §7.2.3.3, a stored block
        ("c108f348cdc9c9070000", "Hello"),  # §7.2.3.4, BFINAL is set
        ("c10df24805000000ffff cac9c90700", "Hello"),  # §7.2.3.5, two blocks
    ],
)
def test_rfc_7692_section_7_2_3_when_others_may_write_it_so(wire, text):
    data = bytes.fromhex(wire)
    for pieces in ([data], bytewise(data)):
        heard = read_pieces(pieces, inflater=Inflater())
        assert heard == ([WsMessage(TEXT, text)], None)


def test_a_message_when_it_follows_a_final_block_may_look_back():
    data = bytes.fromhex("c108f348cdc9c9070000" + "c105f200110000")
    assert read_pieces([data], inflater=Inflater()) == ([HELLO, HELLO], None)


def test_the_window_when_it_is_forgotten_is_not_looked_into():
    forgetting = Deflater(no_context_takeover=True)
    assert forgetting.deflate(b"Hello") == forgetting.deflate(b"Hello")
    inflater = Inflater(no_context_takeover=True)
    inflater.inflate(bytes.fromhex("f248cdc9c90700"))
    inflater.finish()
    with pytest.raises(FrameError):
        inflater.inflate(bytes.fromhex("f200110000"))


def test_a_bomb_when_inflated_stops_at_the_limit():
    bomb = Deflater().deflate(bytes(50_000_000))
    inflater = Inflater()
    assert len(inflater.inflate(bomb, 1000)) == 1001
    frame = MessageWriter(deflater=Deflater()).write(TEXT, "a" * 2_000_000)
    assert len(frame) < 3000
    assert read_pieces([frame], inflater=Inflater()) == ([], 1009)
    assert read_pieces(bytewise(frame), inflater=Inflater()) == ([], 1009)


def test_final_blocks_when_there_are_too_many_are_refused():
    inflater = Inflater()
    assert inflater.inflate(b"\x03\x00" * MAX_FINAL_BLOCKS) == b""
    with pytest.raises(FrameError) as caught:
        inflater.inflate(b"\x03\x00")
    assert caught.value.close_code == 1009


@given(st.binary(max_size=200))
def test_any_bytes_when_inflated_raise_only_the_documented_error(data):
    try:
        assert len(Inflater().inflate(data, 50)) <= 51
    except FrameError as error:
        assert error.close_code in (1007, 1009)


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(9, 15))
def test_messages_when_zlib_alone_reads_them(payloads, bits):
    deflater, reference = Deflater(bits), zlib.decompressobj(-bits)
    for payload in payloads:
        data = deflater.deflate(payload) + b"\x00\x00\xff\xff"
        assert reference.decompress(data) == payload


def deflate_extension(*parameters):
    return Extension(NAME, parameters)


@pytest.mark.parametrize(
    ("offer", "agreed"),
    [
        ((), DeflateParameters()),
        ((("client_max_window_bits", None),), DeflateParameters()),
        ((("server_max_window_bits", "15"),), DeflateParameters()),
        (
            (("server_max_window_bits", "10"),),
            DeflateParameters(server_max_window_bits=10),
        ),
        (
            (("server_no_context_takeover", None), ("client_max_window_bits", "9")),
            DeflateParameters(True, client_max_window_bits=9),
        ),
    ],
)
def test_an_offer_when_accepted_gives_both_ends_the_same(offer, agreed):
    answer, ours = accept_offer([deflate_extension(*offer)])
    assert ours == agreed
    assert check_acceptance(deflate_extension(*offer), [answer]) == agreed


@pytest.mark.parametrize(
    "parameter",
    [
        ("server_max_window_bits", None),
        ("server_max_window_bits", "7"),
        ("server_max_window_bits", "08"),
        ("server_max_window_bits", "16"),
        ("server_no_context_takeover", "1"),
        ("unknown", None),
    ],
)
def test_an_offer_when_it_cannot_be_read_is_declined(parameter):
    bad = deflate_extension(parameter)
    assert accept_offer([bad]) is None
    assert accept_offer([bad, Extension("x"), make_offer()]) is not None
    flag = ("client_no_context_takeover", None)
    assert accept_offer([deflate_extension(flag, flag)]) is None
    with pytest.raises(HandshakeError):
        check_acceptance(make_offer(), [bad])


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (DeflateParameters(True), ()),
        (DeflateParameters(server_max_window_bits=10), ()),
        (
            DeflateParameters(server_max_window_bits=10),
            (("server_max_window_bits", "11"),),
        ),
        (
            DeflateParameters(client_max_window_bits=10),
            (("client_max_window_bits", "11"),),
        ),
        (DeflateParameters(), (("client_max_window_bits", None),)),
    ],
)
def test_an_answer_when_it_is_not_one_to_the_offer_is_refused(wanted, answer):
    with pytest.raises(HandshakeError) as caught:
        check_acceptance(make_offer(wanted), [deflate_extension(*answer)])
    assert caught.value.status == 0


def test_an_answer_when_it_limits_a_client_that_did_not_offer_it():
    offer, answer = deflate_extension(), (("client_max_window_bits", "10"),)
    with pytest.raises(HandshakeError):
        check_acceptance(offer, [deflate_extension(*answer)])
    with pytest.raises(HandshakeError):
        check_acceptance(make_offer(), [deflate_extension(), deflate_extension()])


wishes = st.builds(
    DeflateParameters,
    st.booleans(),
    st.booleans(),
    st.integers(9, 15),
    st.integers(9, 15),
)


@given(wishes, wishes)
def test_wishes_when_the_server_answers_are_kept_by_both(client, server):
    offer = make_offer(client)
    answer, agreed = accept_offer([offer], server)
    assert check_acceptance(offer, [answer]) == agreed
    assert agreed.server_max_window_bits <= client.server_max_window_bits
    assert agreed.client_max_window_bits <= client.client_max_window_bits


@given(wishes, wishes)
def test_an_offer_when_websockets_answers_it_is_agreed_on(client, server):
    offer = make_offer(client)
    factory = ServerPerMessageDeflateFactory(
        server.server_no_context_takeover,
        server.client_no_context_takeover,
        server.server_max_window_bits,
        server.client_max_window_bits,
    )
    answer, library = factory.process_request_params(list(offer.parameters), [])
    agreed = check_acceptance(offer, [Extension(NAME, tuple(answer))])
    assert_same(agreed, library, is_server=True)


@given(wishes, wishes)
def test_an_offer_when_websockets_made_it_is_answered(client, server):
    factory = ClientPerMessageDeflateFactory(
        client.server_no_context_takeover,
        client.client_no_context_takeover,
        client.server_max_window_bits,
        client.client_max_window_bits,
    )
    offer = Extension(NAME, tuple(factory.get_request_params()))
    answer, agreed = accept_offer([offer], server)
    try:
        library = factory.process_response_params(list(answer.parameters), [])
    except NegotiationError as error:
        raise AssertionError((offer, answer)) from error
    assert_same(agreed, library, is_server=False)


def assert_same(agreed, library, *, is_server):
    server, client = ("local", "remote") if is_server else ("remote", "local")
    assert agreed == DeflateParameters(
        getattr(library, f"{server}_no_context_takeover"),
        getattr(library, f"{client}_no_context_takeover"),
        getattr(library, f"{server}_max_window_bits"),
        getattr(library, f"{client}_max_window_bits"),
    )
