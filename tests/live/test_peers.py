"""Real clients against our server, and our client against real servers."""

import asyncio
import json
import re
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
import websocket
import websockets
from aiohttp import web
from websockets.exceptions import ConnectionClosed

from servers.live.ws_client import connecting
from servers.live.ws_connection import ConnectionEnded
from servers.live.ws_server import serving
from servers.network.listening import HOST
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.handshake import answer
from servers.wire.http_head import Response
from tests.conftest import CHROMIUM_FLAGS
from tests.live.test_websocket import run
from tests.wire.test_websocket import SENDABLE

HERE = Path(__file__).parent
MIB = 1024 * 1024
MESSAGES = ["Xin chào", "", bytes(range(256)), b"", "Đ" * (MIB // 2), b"\7" * MIB]
# What a client may say; 1010 is the client's own, and servers may refuse to say it.
BYE = "tạm biệt"
CODES = [*SENDABLE, 3000, 4999]
BY_CLIENT = [1000, 3000, 4999]
DEFLATE = DeflateParameters()
ways = pytest.mark.parametrize("deflate", [None, DEFLATE], ids=["plain", "deflate"])


class Obliging:
    """Our server's application: it echoes, closes when asked to, and notes goodbyes."""

    def __init__(self):
        self.heard = []

    async def __call__(self, connection):
        with suppress(ConnectionEnded):
            while True:
                message = await connection.receive()
                asked = re.fullmatch(r"close (\d+)", str(message))
                if asked:
                    return await connection.close(int(asked[1]), BYE)
                await connection.send(message)
        try:
            await connection.receive()
        except ConnectionEnded as ended:
            self.heard.append(ended.code)


# Clients in Python: the messages that came back, and how each close was told to them.


async def with_websockets(url):
    async with websockets.connect(url, proxy=None, max_size=None) as ws:
        back = []
        for message in MESSAGES:
            await ws.send(message)
            back.append(await ws.recv())
    for code in BY_CLIENT[1:]:
        async with websockets.connect(url, proxy=None) as ws:
            await ws.close(code, BYE)
    told = {}
    for code in CODES:
        async with websockets.connect(url, proxy=None) as ws:
            await ws.send(f"close {code}")
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv()
            told[code] = (caught.value.rcvd.code, caught.value.rcvd.reason)
    return back, told


async def with_aiohttp(url):
    async with aiohttp.ClientSession() as session:
        back = []
        async with session.ws_connect(url, compress=15, max_msg_size=0) as ws:
            for message in MESSAGES:
                await (ws.send_str if isinstance(message, str) else ws.send_bytes)(
                    message
                )
                back.append((await ws.receive()).data)
        for code in BY_CLIENT[1:]:
            async with session.ws_connect(url) as ws:
                await ws.close(code=code)
        told = {}
        for code in CODES:
            async with session.ws_connect(url) as ws:
                await ws.send_str(f"close {code}")
                close = await ws.receive()
                told[code] = (close.data, close.extra)
    return back, told


async def with_websocket_client(url):
    return await asyncio.to_thread(talk_blocking, url)


def talk_blocking(url):
    ws, back = websocket.create_connection(url, timeout=20), []
    for message in MESSAGES:
        (ws.send if isinstance(message, str) else ws.send_binary)(message)
        back.append(ws.recv())
    ws.close(1000)
    for code in BY_CLIENT[1:]:
        websocket.create_connection(url, timeout=20).close(code)
    told = {}
    for code in CODES:
        ws = websocket.create_connection(url, timeout=20)
        ws.send(f"close {code}")
        _, payload = ws.recv_data()
        told[code] = (int.from_bytes(payload[:2]), payload[2:].decode())
        ws.shutdown()
    return back, told


@ways
@pytest.mark.parametrize("talk", [with_websockets, with_aiohttp, with_websocket_client])
def test_a_python_client_when_it_talks_to_our_server(talk, deflate):
    async def test():
        obliging = Obliging()
        async with serving(obliging, deflate=deflate) as server:
            back, told = await talk(server.url())
        assert back == MESSAGES
        assert told == {code: (code, BYE) for code in CODES}
        # aiohttp and websocket-client leave before the last close is read.
        assert obliging.heard[: len(BY_CLIENT)] == BY_CLIENT

    run(test)


def check_javascript(report, deflate, heard):
    assert report["echoed"] == 6
    assert ("permessage-deflate" in report["extensions"]) == bool(deflate)
    assert report["ends"] == {str(code): [code, "", True] for code in BY_CLIENT}
    assert report["obliged"] == {str(code): [code, BYE, True] for code in CODES}
    assert heard == BY_CLIENT


@pytest.mark.node
@ways
@pytest.mark.parametrize("kind", ["node", "undici", "ws"])
def test_a_node_client_when_it_talks_to_our_server(
    kind, deflate, node_path, npm_packages, tmp_path
):
    # A bare name such as "ws" is looked up beside the script.
    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "talk.mjs"
    script.write_text((HERE / "talk.mjs").read_text("utf-8"), "utf-8")

    async def test():
        obliging = Obliging()
        async with serving(obliging, deflate=deflate) as server:
            node = await asyncio.create_subprocess_exec(
                *(node_path, script, kind, server.url(), json.dumps(CODES)),
                stdout=asyncio.subprocess.PIPE,
            )
            async with asyncio.timeout(60):
                said, _ = await node.communicate()
        check_javascript(json.loads(said), deflate, obliging.heard)

    run(test)


def page_or_101(request):
    """The page to a browser that asks for one: it must come from 127.0.0.1 too."""
    if request.one("Upgrade") is None:
        body = b"<!doctype html><title>peer</title>"
        headers = (
            ("Content-Type", "text/html"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        )
        return Response(headers, 200, "OK", body=body)
    return answer(request)


@pytest.mark.chromium
@ways
def test_chromium_when_it_talks_to_our_server(deflate, chromium_path):
    from playwright.async_api import async_playwright

    source = (HERE / "talk.mjs").read_text("utf-8").split("\nif (typeof")[0]
    script = source.replace("export ", "") + "\nreturn talk(WebSocket, url, codes);"

    async def test():
        obliging = Obliging()
        async with (
            serving(obliging, answer=page_or_101, deflate=deflate) as server,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=chromium_path, args=CHROMIUM_FLAGS
            )
            page = await browser.new_page()
            await page.goto(server.url(scheme="http"))
            report = await page.evaluate(
                f"async ([url, codes]) => {{ {script} }}", [server.url(), CODES]
            )
            await browser.close()
        check_javascript(report, deflate, obliging.heard)

    asyncio.run(test())


# Servers that are not ours: where they listen, and the close codes they heard.


@asynccontextmanager
async def websockets_server():
    heard = []

    async def oblige(ws):
        with suppress(ConnectionClosed):
            async for message in ws:
                if asked := re.fullmatch(r"close (\d+)", str(message)):
                    return await ws.close(int(asked[1]), BYE)
                await ws.send(message)
        heard.append(ws.close_code)

    async with websockets.serve(oblige, HOST, 0, max_size=None) as server:
        yield server.sockets[0].getsockname()[1], heard


@asynccontextmanager
async def aiohttp_server():
    heard = []

    async def oblige(request):
        ws = web.WebSocketResponse(compress=True, max_msg_size=0)
        await ws.prepare(request)
        async for message in ws:
            if asked := re.fullmatch(r"close (\d+)", str(message.data)):
                await ws.close(code=int(asked[1]), message=BYE.encode())
                return ws
            is_text = isinstance(message.data, str)
            await (ws.send_str if is_text else ws.send_bytes)(message.data)
        heard.append(ws.close_code)
        return ws

    application = web.Application()
    application.router.add_get("/", oblige)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    yield site.port, heard
    await runner.cleanup()


@asynccontextmanager
async def ws_server(node_path, npm_packages, tmp_path):
    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "ws_server.mjs"
    script.write_text((HERE / "ws_server.mjs").read_text("utf-8"), "utf-8")
    node = await asyncio.create_subprocess_exec(
        *(node_path, script),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    heard = []
    try:
        async with asyncio.timeout(20):
            port = int(await node.stdout.readline())
        yield port, heard
    finally:
        # Its standard input ends: "node" may be a script whose child would stay.
        said, _ = await node.communicate(b"")
        heard += [int(code) for code in said.split()][: len(BY_CLIENT)]


async def talk_to(port, deflate):
    url = f"ws://{HOST}:{port}/"
    async with connecting(url, deflate=deflate) as ws:
        for message in MESSAGES:
            await ws.send(message)
            assert await ws.receive() == message
        agreed = ws.response.one("Sec-WebSocket-Extensions")
    assert bool(agreed) == bool(deflate)
    for code in BY_CLIENT[1:]:
        async with connecting(url, deflate=deflate) as ws:
            await ws.close(code, BYE)
    told = {}
    for code in CODES:
        async with connecting(url, deflate=deflate) as ws:
            await ws.send(f"close {code}")
            with pytest.raises(ConnectionEnded) as caught:
                await ws.receive()
            told[code] = (caught.value.code, caught.value.reason)
    return told


@ways
@pytest.mark.parametrize("server", [websockets_server, aiohttp_server])
def test_our_client_when_it_talks_to_a_python_server(server, deflate):
    async def test():
        async with server() as (port, heard):
            told = await talk_to(port, deflate)
        assert told == {code: (code, BYE) for code in CODES}
        assert heard[: len(BY_CLIENT)] == BY_CLIENT

    run(test)


@pytest.mark.node
@ways
def test_our_client_when_it_talks_to_ws(deflate, node_path, npm_packages, tmp_path):
    async def test():
        async with ws_server(node_path, npm_packages, tmp_path) as (port, heard):
            told = await talk_to(port, deflate)
        assert told == {code: (code, BYE) for code in CODES}
        assert heard == BY_CLIENT

    run(test)


def test_clients_when_the_server_comes_back_connect_again():
    """`websockets` does so by itself; ours is called again (chapter 22)."""

    async def test():
        came = asyncio.Queue()

        async def stay(url):
            async with aclosing(aiter(websockets.connect(url, proxy=None))) as visits:
                async for ws in visits:
                    await ws.send("here")
                    came.put_nowait(await ws.recv())
                    await ws.wait_closed()
                    came.put_nowait(ws.close_code)

        async with serving() as server:
            staying = asyncio.create_task(stay(server.url()))
            assert await came.get() == "here"
        assert await came.get() == 1001
        async with serving(port=server.port) as server:
            async with asyncio.timeout(20):
                assert await came.get() == "here"
            async with connecting(server.url()) as ws:
                await ws.send("here")
                assert await ws.receive() == "here"
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)

    run(test)
