"""No secret is stored, wherever it travels; nothing else changes."""

import asyncio

import pytest

from servers.live.ws_client import connecting
from servers.live.ws_server import serving
from servers.network.redaction import redact, redact_frames
from servers.network.tap import tapping
from servers.wire.dissect import dissect
from servers.wire.frames import CONTINUATION, PING, TEXT, Frame, serialise_frame

KEY = bytes.fromhex("37fa213d")
UPGRADE = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\n\r\nname=An&password=mai", b"mai"),
        (b"POST / HTTP/1.1\r\nHost: a\r\n\r\npassword=mai&name=An", b"mai"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"access_token": "7f3a"}', b"7f3a"),
        (b'data: {"refreshToken":"7f3a","room":"chung"}\n\n', b"7f3a"),
        (b'40/admin,{"token":"a \\" b"}', b'a \\" b'),
        ('{"password": "mật khẩu"}'.encode(), "mật khẩu".encode()),
        (b'["login","{\\"token\\":\\"7f3a\\"}"]', b"7f3a"),
    ],
)
def test_a_secret_when_in_a_body_or_a_packet_becomes_stars(data, secret):
    assert redact(data) == data.replace(secret, b"*" * len(secret))


@pytest.mark.parametrize(
    "data",
    [
        b'42["say","token","Xin ch\xc3\xa0o"]',
        b'{"tokens": 7, "mytoken2": "a"}',
        b"the password = unknown\r\n",
        b"GET /?tokenise=1 HTTP/1.1\r\n\r\n",
    ],
)
def test_words_when_they_only_look_like_a_secret_stay(data):
    assert redact(data) == data


@pytest.mark.parametrize("masking_key", [KEY, None], ids=["masked", "unmasked"])
@pytest.mark.parametrize("cut", range(1, 18))
def test_a_secret_when_cut_by_a_fragment_and_a_ping_becomes_stars(masking_key, cut):
    def wire(text):
        return b"".join(
            serialise_frame(frame)
            for frame in (
                Frame(TEXT, text[:cut], fin=False, masking_key=masking_key),
                Frame(PING, b"?", masking_key=masking_key),
                Frame(CONTINUATION, text[cut:], masking_key=masking_key),
                Frame(TEXT, b"Xin", masking_key=masking_key),
            )
        )

    secret, stars = b'40{"token":"7f3a"}', b'40{"token":"****"}'
    assert redact(UPGRADE + wire(secret)) == UPGRADE + wire(stars)
    whole = wire(secret)
    for size in range(len(whole)):
        assert len(redact_frames(whole[:size])) == size
        assert b"7f3a" not in redact_frames(whole[:size])


def test_bytes_when_they_are_no_frames_are_left_as_they_are():
    broken = b"\x83\x05Hello" + b"\xff" * 40
    assert redact(UPGRADE + broken) == UPGRADE + broken


def test_a_login_when_it_passes_a_tap_arrives_whole_and_is_stored_in_stars():
    login = '{"user":"An","token":"7f3a9c"}'

    async def demo():
        async with serving() as server, tapping(server, seed=20) as tap:
            async with connecting(server.url(), at=tap) as ws:
                await ws.send(login)
                return await ws.receive(), tap.trace

    received, trace = asyncio.run(demo())
    assert received == login
    stored = dissect(trace.from_json(trace.to_json()))
    said = [message.summary for message in stored if message.kind == "text"]
    assert len(said) == 2
    assert all("******" in text and "7f3a9c" not in text for text in said)
    assert all(b"7f3a9c".hex() not in message.data.hex() for message in stored)
