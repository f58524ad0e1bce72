"""The server that counts connections, asked with raw bytes and by libraries."""

import asyncio
import json

import aiohttp
import pytest

from servers.live.keep_alive_server import serving
from servers.live.ws_client import exchange
from servers.network.listening import HOST
from servers.network.memory import in_memory
from servers.network.tap import tapping
from servers.network.virtual_time import simulate
from servers.wire.dissect import dissect

ASK = b"GET / HTTP/1.1\r\nHost: a.vn\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: a.vn\r\nConnection: Close\r\n\r\n"


def said(answer):
    found = json.loads(answer.partition(b"\r\n\r\n")[2])
    return found["connection"], found["request"]


def talk(data, **options):
    """What the server answers to the bytes, as messages."""

    async def main():
        async with serving(**options) as server, tapping(server) as tap:
            await exchange(data, at=tap, deadline_s=1000)
        return [m for m in dissect(tap.trace) if m.sender == "server"]

    return simulate(main)


def test_requests_when_pipelined_are_answered_in_order_on_one_connection():
    *answers, fin = talk(ASK * 2 + LAST)
    assert [said(answer.data) for answer in answers] == [(1, 1), (1, 2), (1, 3)]
    assert fin.kind == "fin"


def test_a_connection_when_it_shall_close_is_closed_and_says_so():
    answer, _ = talk(LAST + ASK)
    assert b"\r\nConnection: close\r\n" in answer.data
    assert said(answer.data) == (1, 1)


def test_a_slow_answer_when_pipelined_holds_up_those_behind_it():
    slow, fast, _ = talk(ASK.replace(b"/ ", b"/?wait_ms=300 ") + LAST)
    assert (slow.time_ms, fast.time_ms) == (300, 300)


def test_a_silent_connection_when_idle_for_too_long_is_closed():
    _, fin = talk(ASK, idle_s=30)
    assert fin.time_ms == pytest.approx(30_000)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (ASK.replace(b"GET", b"PUT"), 405),
        (ASK.replace(b"Host", b"Ghost"), 400),
        (ASK[:-2] + b"Content-Length: 4\r\n\r\n", 413),
        (ASK[:-2] + b"X: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (ASK[:-2] + b"X: " + b"x" * 200_000 + b"\r\n\r\n", 431),
    ],
)
def test_a_request_when_it_breaks_a_rule_is_refused_and_the_connection_ends(
    data, status
):
    refusal = talk(data + ASK)[0]
    assert refusal.summary.split()[1] == str(status)
    assert b"\r\nConnection: close\r\n" in refusal.data


def test_connections_when_opened_are_counted():
    async def main():
        async with in_memory(), serving() as server:
            for _ in range(3):
                async with aiohttp.ClientSession() as http:
                    for _ in range(2):
                        async with http.get(server.url()) as answer:
                            last = await answer.json()
            return server.opened, last["connection"], last["request"]

    assert simulate(main) == (3, 3, 2)


def test_a_client_when_gone_is_no_failure_of_the_server():
    async def main():
        async with serving() as server:
            _, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(ASK * 1000)
            writer.transport.abort()
            return await exchange(LAST, at=server)

    assert said(asyncio.run(main()))[1] == 1
