"""The opening handshake: what is asked, what is answered, what is refused."""

import asyncio
import logging
from dataclasses import replace

import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st

from servers.live.ws_client import exchange
from servers.live.ws_server import Server, serving
from servers.wire.handshake import (
    Extension,
    accept_key,
    answer,
    build_request,
    check_answer,
    make_key,
    parse_extensions,
    serialise_extensions,
)
from servers.wire.http_head import (
    HandshakeError,
    Request,
    Response,
    parse_request,
    parse_response,
    serialise_request,
)
from tests.wire.test_http_head import SAMPLE, header_lists, tokens

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HELLO = build_request("server.example.com", "/chat", key=KEY)


def without(request: Request, name: str) -> Request:
    left = tuple(h for h in request.headers if h[0].lower() != name.lower())
    return replace(request, headers=left)


def with_header(request: Request, name: str, value: str) -> Request:
    left = without(request, name)
    return replace(left, headers=(*left.headers, (name, value)))


def test_the_accept_key_when_computed_is_the_standards():
    assert accept_key(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
    assert make_key(b"the sample nonce") == KEY
    with pytest.raises(ValueError, match="16 bytes"):
        make_key(b"short")


def test_the_sample_when_answered_is_the_samples_answer():
    """RFC 6455 §1.2: the request and the answer that the standard prints."""
    answered = answer(parse_request(SAMPLE), subprotocols=["chat"])
    assert answered == Response(
        (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("Sec-WebSocket-Protocol", "chat"),
        ),
        101,
        "Switching Protocols",
    )


REFUSALS = [
    ("post", replace(HELLO, method="POST"), 405, "GET, not POST"),
    ("no upgrade", without(HELLO, "Upgrade"), 426, "Upgrade: websocket"),
    ("upgrade h2c", with_header(HELLO, "Upgrade", "h2c"), 426, "Upgrade"),
    ("no connection", without(HELLO, "Connection"), 426, "Connection"),
    ("close", with_header(HELLO, "Connection", "close"), 426, "Connection"),
    ("no version", without(HELLO, "Sec-WebSocket-Version"), 400, "missing"),
    ("version 8", with_header(HELLO, "Sec-WebSocket-Version", "8"), 426, "version 13"),
    ("no key", without(HELLO, "Sec-WebSocket-Key"), 400, "missing"),
    ("key of 15", with_header(HELLO, "Sec-WebSocket-Key", KEY[4:]), 400, "16 bytes"),
    ("key not b64", with_header(HELLO, "Sec-WebSocket-Key", "ü"), 400, "16 bytes"),
    (
        "two keys",
        replace(HELLO, headers=(*HELLO.headers, ("Sec-WebSocket-Key", KEY))),
        400,
        "2 times",
    ),
    (
        "subprotocol twice",
        with_header(HELLO, "Sec-WebSocket-Protocol", "a, a"),
        400,
        "unique",
    ),
    (
        "no extension",
        with_header(HELLO, "Sec-WebSocket-Extensions", "a b"),
        400,
        "Extensions",
    ),
]


@pytest.mark.parametrize(
    ("request_", "status", "word"),
    [r[1:] for r in REFUSALS],
    ids=[r[0] for r in REFUSALS],
)
def test_a_request_when_it_breaks_a_rule_is_refused(request_, status, word):
    refused = answer(request_)
    assert refused.status == status
    assert word in refused.body.decode()


def test_a_refusal_when_it_asks_for_an_upgrade_says_which():
    not_upgrading = answer(without(HELLO, "Upgrade"))
    assert not_upgrading.one("Upgrade") == "websocket"
    assert not_upgrading.tokens("Connection") == ["close", "Upgrade"]
    old = answer(with_header(HELLO, "Sec-WebSocket-Version", "8"))
    assert old.one("Sec-WebSocket-Version") == "13"  # RFC 6455 §4.4
    assert answer(replace(HELLO, method="PUT")).one("Allow") == "GET"


@pytest.mark.parametrize("value", ["keep-alive, Upgrade", "upgrade", "UPGRADE"])
def test_connection_when_it_lists_more_or_shouts_is_understood(value):
    assert answer(with_header(HELLO, "Connection", value)).status == 101


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://live.example", 101), ("https://evil.example", 403), (None, 101)],
)
def test_the_origin_when_a_list_is_given(origin, status):
    request = build_request("a", key=KEY, origin=origin)
    assert answer(request, origins=["https://live.example"]).status == status
    assert answer(request).status == 101


def test_the_subprotocol_when_both_know_several_is_the_clients_favourite():
    request = build_request("a", key=KEY, subprotocols=["v9", "v2", "v1"])
    speaks = answer(request, subprotocols=["v1", "v2"])
    assert speaks.one("Sec-WebSocket-Protocol") == "v2"
    assert answer(request).one("Sec-WebSocket-Protocol") is None


extensions = st.lists(
    st.builds(
        Extension,
        tokens,
        st.lists(st.tuples(tokens, st.none() | tokens), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=3,
)


@given(extensions)
def test_extensions_when_sent_and_read_back(offered):
    assert parse_extensions(serialise_extensions(offered)) == offered


def test_extensions_when_written_as_rfc_7692_prints_them():
    """RFC 7692 §7.1: the examples, quoted values and all."""
    assert parse_extensions(
        'permessage-deflate; client_max_window_bits; server_max_window_bits="10", x'
    ) == [
        Extension(
            "permessage-deflate",
            (("client_max_window_bits", None), ("server_max_window_bits", "10")),
        ),
        Extension("x"),
    ]


@given(st.text(st.characters(max_codepoint=0xFF), max_size=40))
def test_extensions_when_anything_is_written_raise_only_the_documented_error(value):
    try:
        parse_extensions(value)
    except HandshakeError as error:
        assert error.status == 400


def test_an_extension_when_the_server_accepts_it_is_named_in_the_answer():
    request = build_request("a", key=KEY, extensions=[Extension("x"), Extension("y")])
    answered = answer(request, accept_extensions=lambda offers: offers[1:])
    assert answered.one("Sec-WebSocket-Extensions") == "y"


@given(tokens, header_lists)
def test_any_request_when_answered_gets_a_status_and_a_sentence(method, headers):
    answered = answer(Request(headers, method))
    assert answered.status in (101, 400, 403, 405, 426)
    assert answered.status == 101 or answered.body.strip()


GOOD = answer(HELLO)


@pytest.mark.parametrize(
    ("response", "word"),
    [
        (
            answer(with_header(HELLO, "Sec-WebSocket-Key", make_key(b"x" * 16))),
            "Accept",
        ),
        (Response((), 101), "does not switch"),
        (answer(replace(HELLO, method="POST")), "405 Method Not Allowed. A WebSocket"),
        (replace(GOOD, headers=GOOD.headers[:2]), "Accept"),
        (
            replace(GOOD, headers=(*GOOD.headers, ("Sec-WebSocket-Protocol", "x"))),
            "chose x",
        ),
        (
            replace(GOOD, headers=(*GOOD.headers, ("Sec-WebSocket-Extensions", "x"))),
            "uses x",
        ),
    ],
    ids=["other key", "bare 101", "refused", "no accept", "subprotocol", "extension"],
)
def test_an_answer_when_it_breaks_a_rule_is_not_believed(response, word):
    check_answer(HELLO, GOOD)
    with pytest.raises(HandshakeError, match=word) as caught:
        check_answer(HELLO, response)
    assert caught.value.status == (0 if response.status == 101 else 405)


def test_every_refusal_when_websockets_judges_has_the_same_status():
    """The library of the field answers each of our refusals as we do."""
    # The library lets a subprotocol be named twice (RFC 6455 §4.1 forbids it to the
    # client), and answers a wrong version with 400 where §4.2.2 suggests our 426.
    ours_alone = {"subprotocol twice": [400, 101], "version 8": [426, 400]}

    async def compare():
        logging.getLogger("websockets").setLevel(logging.CRITICAL)

        async def wait(connection):
            await connection.wait_closed()

        differing = {}
        async with serving() as ours, websockets.serve(wait, "127.0.0.1", 0) as theirs:
            library = Server(theirs.sockets[0].getsockname()[1])
            for name, request, status, _ in [("hello", HELLO, 101, ""), *REFUSALS]:
                data = serialise_request(request)
                statuses = [
                    int((await exchange(data, at=at, until=b"\r\n")).split()[1])
                    for at in (ours, library)
                ]
                assert statuses[0] == status
                if statuses[0] != statuses[1]:
                    differing[name] = statuses
        return differing

    assert asyncio.run(compare()) == ours_alone


def test_where_websockets_decides_otherwise_as_chapter_20_says():
    """No common subprotocol, its own order, and a missing origin: not our answers."""
    mine = ["chat.v1", "chat.v2"]
    page = "https://live.example"

    async def compare():
        logging.getLogger("websockets").setLevel(logging.CRITICAL)

        async def wait(connection):
            await connection.wait_closed()

        async def answers(offer, **options):
            request = build_request("a", key=KEY, subprotocols=offer)
            async with websockets.serve(wait, "127.0.0.1", 0, **options) as server:
                port = server.sockets[0].getsockname()[1]
                data = serialise_request(request)
                head = await exchange(data, at=port, until=b"\r\n\r\n")
            return answer(request, **options), parse_response(head)

        ours, theirs = await answers(["chat.v9"], subprotocols=mine)
        assert (ours.status, theirs.status) == (101, 400)
        ours, theirs = await answers(["chat.v2", "chat.v1"], subprotocols=mine)
        assert ours.one("Sec-WebSocket-Protocol") == "chat.v2"
        assert theirs.one("Sec-WebSocket-Protocol") == "chat.v1"
        ours, theirs = await answers([], origins=[page])
        assert (ours.status, theirs.status) == (101, 403)

    asyncio.run(compare())
