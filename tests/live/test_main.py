"""The servers and clients from the command line, as plain processes."""

import asyncio
import json
import subprocess
import sys
from urllib.request import urlopen

import websockets

from servers.network.listening import HOST

SERVERS = [sys.executable, "-m", "servers"]


def test_ws_echo_when_started_as_a_process_echoes():
    process = subprocess.Popen(
        [*SERVERS, "ws-echo"], stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        url = process.stdout.readline().split()[-1]

        async def talk():
            async with websockets.connect(url) as ws:
                await ws.send("Xin chào")
                return await ws.recv()

        assert asyncio.run(talk()) == "Xin chào"
    finally:
        process.kill()
        process.communicate()


def test_ticker_when_started_as_a_process_names_its_price():
    process = subprocess.Popen(
        [*SERVERS, "ticker"], stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        url = process.stdout.readline().split()[-1]
        with urlopen(url, timeout=20) as answer:
            assert json.load(answer)["name"] == "Cà phê Đắk Lắk"
    finally:
        process.kill()
        process.communicate()


def test_ws_echo_client_when_the_server_ends_the_talk_exits():
    async def ask(ws):
        await ws.send("Đà Nẵng")
        heard.append(await ws.recv())

    async def talk():
        async with websockets.serve(ask, HOST, 0) as server:
            url = f"ws://{HOST}:{server.sockets[0].getsockname()[1]}/"
            client = await asyncio.create_subprocess_exec(
                *SERVERS, "ws-echo-client", url
            )
            async with asyncio.timeout(20):
                return await client.wait()

    heard = []
    assert asyncio.run(talk()) == 0
    assert heard == ["Đà Nẵng"]


def test_the_command_line_when_it_cannot_be_done_says_why():
    for arguments, sentence in [
        (["ws-echo-client", "http://127.0.0.1/"], "is no ws:// address"),
        (["ws-echo-client", "ws://127.0.0.1:1/"], "Connect call failed"),
        (["wss-echo"], "invalid choice"),
    ]:
        done = subprocess.run(
            [*SERVERS, *arguments], capture_output=True, encoding="utf-8", timeout=20
        )
        assert done.returncode != 0
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
