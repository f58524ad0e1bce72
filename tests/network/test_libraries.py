"""The three libraries, unmodified, on all three networks: the same bytes."""

import aiohttp
import httpx
import pytest
from aiohttp import web

from servers.network.leftovers import leftovers
from servers.network.tap import tapping
from tests.network import chats
from tests.network.ways import WAYS, in_real_time, in_virtual_time, on_sockets

CHATS = [chats.websockets_chat, chats.aiohttp_chat, chats.socketio_chat]


@pytest.mark.parametrize("chat", CHATS)
def test_a_chat_when_on_three_networks_leaves_the_same_bytes(chat):
    real, memory, virtual = (
        way(chat) for way in (on_sockets, in_real_time, in_virtual_time)
    )
    assert real.difference(memory) is None
    assert real.difference(virtual) is None
    assert (real.clock, memory.clock, virtual.clock) == (
        "measured",
        "measured",
        "virtual",
    )
    assert len(real.stream(1, "server")) > 100


@pytest.mark.parametrize("run", WAYS)
def test_httpx_when_it_asks_again_keeps_its_connection(run):
    async def answer(request):
        return web.Response()

    async def ask_twice():
        application = web.Application()
        application.router.add_get("/", answer)
        async with chats.running(application) as port, tapping(port) as tap:
            async with httpx.AsyncClient() as client:
                for _ in range(2):
                    await client.get(tap.url("/", "http"))
        return {segment.connection for segment in tap.trace}

    assert run(ask_twice) == {1}


@pytest.mark.parametrize("run", WAYS)
def test_socketio_when_polling_first_upgrades(run):
    (heard, transport), trace = run(chats.socketio_upgrade)
    assert (heard, transport) == (chats.SAID[0], "websocket")
    sent = b"".join(trace.streams().values())
    assert b"transport=polling" in sent
    assert b"101 Switching Protocols" in sent


@pytest.mark.parametrize("run", WAYS)
def test_aiohttp_when_posting_a_megabyte_gets_it_back_in_chunks(run):
    async def back(request):
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        async for chunk in request.content.iter_chunked(10_000):
            await response.write(chunk)
        return response

    async def post():
        application = web.Application(client_max_size=2**21)
        application.router.add_post("/", back)
        body = bytes(range(256)) * 4096
        async with chats.running(application) as port:
            async with aiohttp.ClientSession() as session:
                url = f"http://localhost:{port}/"
                async with session.post(url, data=body) as response:
                    return await response.read() == body

    assert run(post)


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize("chat", CHATS[:2])
def test_a_chat_when_over_leaves_nothing(run, chat):
    async def talk():
        await chat()
        return leftovers()

    assert run(talk) == []


@pytest.mark.parametrize("run", [in_real_time, in_virtual_time])
@pytest.mark.parametrize("chat", CHATS)
def test_a_chat_when_there_are_no_sockets_and_no_threads_is_held_all_the_same(
    run, chat, monkeypatch
):
    """As in a Python compiled to WebAssembly; sockets may be made, and do nothing."""

    def refuse(*_):
        raise NotImplementedError("there are no sockets and no threads here")

    for name in ("bind", "listen", "accept", "connect", "connect_ex", "sendall"):
        monkeypatch.setattr(f"socket.socket.{name}", refuse)
    monkeypatch.setattr("threading.Thread.start", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    assert len(run(chat)) > 8
