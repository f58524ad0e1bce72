"""The servers and clients from the command line, as plain processes."""

import asyncio
import json
import subprocess
import sys
from urllib.request import urlopen

import websockets

from servers.live.sse_client import subscribing
from servers.live.sse_server import streaming
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


def test_the_command_line_when_loaded_has_not_loaded_what_only_some_need():
    heavy = "{*sys.modules} & {'aiohttp', 'socketio'}"
    program = f"import sys, servers.__main__; print(*{heavy})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert (run.stdout.strip(), run.stderr) == (b"", b"")


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


def test_keep_alive_when_started_as_a_process_says_which_connection_it_is():
    process = subprocess.Popen(
        [*SERVERS, "keep-alive"], stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        url = process.stdout.readline().split()[-1]
        for number in (1, 2):
            # urllib closes after each answer.
            with urlopen(url, timeout=20) as answer:
                said = {"text": "Xin chào", "connection": number, "request": 1}
                assert json.load(answer) == said
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


def test_sse_client_when_the_counter_ends_and_begins_anew_hears_of_it_and_goes_on():
    """Both as processes; the counter is killed and started again on its port."""

    def start(*arguments):
        return subprocess.Popen(
            [*SERVERS, *arguments], stdout=subprocess.PIPE, encoding="utf-8"
        )

    def hear():
        return json.loads(client.stdout.readline())

    counter = start("sse-counter", "--every", "0.01")
    url = counter.stdout.readline().split()[-1]
    client = start("sse-client", f"{url}events")
    try:
        for last in range(1, 30):
            assert hear() == {"type": "message", "data": f"{last}", "id": f"{last}"}
        counter.kill()
        counter.communicate()
        port = url.strip("/").rpartition(":")[2]
        counter = start("sse-counter", "--every", "5", "--port", port)
        while (heard := hear())["type"] == "message":
            last = int(heard["id"])
        gap = {"after": last, "next": 1}
        assert heard == {"type": "gap", "data": json.dumps(gap), "id": "0"}
        assert hear() == {"type": "message", "data": "1", "id": "1"}
    finally:
        for process in (client, counter):
            process.kill()
            process.communicate()


def test_sse_counter_when_it_keeps_little_says_what_is_lost():
    async def talk():
        counter = await asyncio.create_subprocess_exec(
            *(*SERVERS, "sse-counter", "--every", "0.01", "--keep", "2"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            url = (await counter.stdout.readline()).decode().split()[-1]
            async with subscribing(url, last_event_id="1") as source:
                while int((await source.receive()).last_event_id) < 5:
                    pass
            async with subscribing(url, last_event_id="1") as source:
                return await source.receive()
        finally:
            counter.kill()
            await counter.wait()

    gap = asyncio.run(talk())
    said = json.loads(gap.data)
    assert (gap.type, said["after"]) == ("gap", 1)
    assert int(gap.last_event_id) == said["next"] - 1 >= 3


def test_sse_client_when_the_server_says_204_exits_and_has_written_utf_8():
    async def talk():
        async with streaming(from_beginning=True) as server:
            server.send("Đà Nẵng", event="giá")
            server.finish()
            client = await asyncio.create_subprocess_exec(
                *SERVERS, "sse-client", server.url(), stdout=asyncio.subprocess.PIPE
            )
            async with asyncio.timeout(20):
                heard, _ = await client.communicate()
                return heard, client.returncode

    heard, status = asyncio.run(talk())
    assert heard == '{"type": "giá", "data": "Đà Nẵng", "id": "1"}\n'.encode()
    assert status == 0


def test_sse_client_when_the_answer_is_final_exits_and_says_why():
    async def talk():
        async with streaming() as server:
            client = await asyncio.create_subprocess_exec(
                *SERVERS, "sse-client", server.url("/x"), stderr=asyncio.subprocess.PIPE
            )
            async with asyncio.timeout(20):
                _, said = await client.communicate()
                return said, client.returncode

    said, status = asyncio.run(talk())
    assert said == b"python -m servers: The server answered 404 Not Found.\n"
    assert status == 1


def test_the_command_line_when_it_cannot_be_done_says_why():
    for arguments, sentence in [
        (["ws-echo-client", "http://127.0.0.1/"], "is no ws:// address"),
        (["ws-echo-client", "ws://127.0.0.1:1/"], "Connect call failed"),
        (["sse-client", "https://127.0.0.1/"], "is no http:// address"),
        (["wss-echo"], "invalid choice"),
    ]:
        done = subprocess.run(
            [*SERVERS, *arguments], capture_output=True, encoding="utf-8", timeout=20
        )
        assert done.returncode != 0
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
