"""The event-stream server: what it sends, what it refuses, whom it lets go."""

import asyncio
import json
import socket
import struct

import pytest

from servers.live.sse_client import subscribing
from servers.live.sse_connection import LINGER_S, SLICE_BYTES
from servers.live.sse_server import streaming
from servers.live.ws_client import exchange
from servers.network.faults import SlowReader
from servers.network.listening import HOST
from servers.network.memory import in_memory
from servers.network.tap import tapping
from servers.network.virtual_time import simulate
from tests.live.test_websocket import run


def ask(*lines, target="/", method="GET"):
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: a", *lines, "", ""])


async def said(server, *lines, until=None, **request):
    """What the server says to a request, as text."""
    data = ask(*lines, **request).encode()
    return (await exchange(data, at=server, until=until)).decode()


def test_a_newcomer_when_it_asks_gets_headers_a_retry_and_its_place():
    async def test():
        async with streaming(retry_ms=50) as server:
            server.send("past")
            answer = await said(server, until=b"id: 1\n\n")
        head, _, body = answer.partition("\r\n\r\n")
        assert head.split("\r\n") == [
            "HTTP/1.1 200 OK",
            "Content-Type: text/event-stream",
            "Cache-Control: no-store",
            "X-Accel-Buffering: no",
            "Connection: close",
            "Access-Control-Allow-Origin: *",
        ]
        assert body == "retry: 50\n\nid: 1\n\n"

    run(test)


def test_a_client_when_it_comes_again_gets_what_it_missed():
    async def test():
        async with streaming() as server:
            for city in ("Huế", "Đà Nẵng", "Hà Nội"):
                server.send(city, event="city")
            answer = await said(server, "Last-Event-ID: 1", until="Nội\n\n".encode())
        assert answer.endswith(
            "retry: 1000\n\n"
            "event: city\nid: 2\ndata: Đà Nẵng\n\n"
            "event: city\nid: 3\ndata: Hà Nội\n\n"
        )

    run(test)


@pytest.mark.parametrize(
    ("request_bytes", "status", "sentence"),
    [
        (ask(method="POST"), 405, "read with GET, not POST."),
        (ask(target="/chat"), 404, "The event stream is at /."),
        (ask("Last-Event-ID: x"), 400, "Last-Event-ID is no id of this stream."),
        (ask("Last-Event-ID: 1", "Last-Event-ID: 2"), 400, "stands 2 times, not once."),
        (ask("no colon"), 400, "A header line has no colon."),
        ("GET / HTTP/1.1\r\n\r\n", 400, "Host is missing"),
        ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", 505, "speaks HTTP/1.1"),
        ("x" * 200_000, 431, "send fewer headers"),
    ],
)
def test_a_request_when_it_is_bad_gets_its_status_and_a_sentence(
    request_bytes, status, sentence
):
    async def test():
        async with streaming() as server:
            answer = await exchange(request_bytes.encode(), at=server)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert sentence in answer.decode()
        assert b"Access-Control-Allow-Origin: *" in answer  # or pages cannot tell

    run(test)


def test_a_405_when_answered_says_what_is_allowed():
    async def test():
        async with streaming() as server:
            assert "\r\nAllow: GET\r\n" in await said(server, method="DELETE")

    run(test)


def test_a_request_when_it_comes_too_slowly_gets_408():
    async def test():
        async with streaming(head_deadline_s=0.05) as server:
            answer = await exchange(b"GET / HTT", at=server)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"within 0.05 seconds" in answer

    run(test)


def test_a_stream_when_it_is_finished_is_sent_to_its_end_and_then_204():
    async def test():
        async with streaming() as server:
            server.send("Xin chào")
            server.finish()
            rest = await said(server, "Last-Event-ID: 0")
            assert rest.endswith("id: 1\ndata: Xin chào\n\n")
            for lines in (["Last-Event-ID: 1"], []):
                nothing = await said(server, *lines)
                assert nothing.startswith("HTTP/1.1 204 No Content\r\n")
                assert "Access-Control-Allow-Origin: *" in nothing
                assert nothing.endswith("\r\n\r\n")

    run(test)


def test_a_path_when_there_are_several_and_a_query_follows():
    async def test():
        async with streaming(paths=("/", "/events")) as server:
            for target in ("/", "/events", "/events?who=An"):
                answer = await said(server, target=target, until=b"\n\n")
                assert answer.startswith("HTTP/1.1 200 ")
        assert server.url().endswith(f":{server.port}/")

    run(test)


def test_a_newcomer_when_it_wants_the_beginning_gets_what_is_kept():
    async def test():
        async with streaming(keep=2, from_beginning=True) as server:
            for number in "123":
                server.send(number)
            answer = await said(server, until=b"data: 3\n\n")
        assert answer.endswith("\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n")
        assert "gap" not in answer

    run(test)


def test_a_client_when_it_goes_on_talking_is_not_listened_to():
    async def test():
        async with streaming(from_beginning=True) as server:
            reader, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(ask().encode() + b"x" * 300_000)
            async with asyncio.timeout(5):
                await reader.readuntil(b"retry: 1000\n\n")
                server.send("still here")
                await reader.readuntil(b"still here\n\n")
            writer.close()

    run(test)


def test_heartbeats_when_nothing_is_said_are_comments():
    async def main():
        async with streaming(heartbeat_s=10) as server, tapping(server) as tap:
            async with subscribing(
                tap.url("/", "http"), receive_deadline_s=35
            ) as source:
                with pytest.raises(TimeoutError):
                    await source.receive()
        sent = [s for s in tap.trace if s.sender == "server" and s.data]
        return [(s.time_ms, s.data) for s in sent[1:]]

    assert simulate(main) == [(n * 10_000.0, b": \n\n") for n in (1, 2, 3)]


def test_heartbeats_when_events_flow_are_not_sent():
    async def main():
        async with streaming(heartbeat_s=10) as server, tapping(server) as tap:
            async with subscribing(tap.url("/", "http")) as source:
                for number in range(20):
                    await asyncio.sleep(4)
                    server.send(str(number))
                while (await source.receive()).data != "19":
                    pass
        return tap.trace.stream(1, "server")

    assert b": \n" not in simulate(main)


def test_a_heartbeat_when_an_event_is_under_way_does_not_cut_it_in_two():
    async def main():
        big = "x" * 400_000
        line = SlowReader(bytes_per_s=10_000)
        async with in_memory(line), streaming(heartbeat_s=1) as server:
            options = {"last_event_id": "0", "receive_deadline_s": 90}
            async with subscribing(server.url(), **options) as source:
                server.send(big)
                assert (await source.receive()).data == big

    simulate(main)


def test_a_slow_reader_when_it_keeps_up_with_the_log_gets_all():
    """It is sent on from the log; nothing of its own waits in memory."""

    async def main():
        said = [f"{number} " + "x" * 1000 for number in range(900)]
        line = SlowReader(bytes_per_s=100_000)
        async with in_memory(line) as network, streaming() as server:
            async with subscribing(server.url(), last_event_id="0") as source:
                for data in said:
                    server.send(data)
                heard = []
                for _ in said:
                    heard.append((await source.receive()).data)
                    assert waiting_bytes(network)[0] <= SLICE_BYTES
                assert heard == said

    simulate(main)


def test_readers_when_the_log_outruns_them_are_let_go_and_told_what_is_lost():
    async def main():
        async with in_memory() as network, streaming(keep=50) as server:
            async with subscribing(server.url(), last_event_id="0") as source:
                server.send("1")
                assert (await source.receive()).data == "1"
                sleepers = [await asleep(server) for _ in range(20)]
                assert server.listeners == 21
                for number in range(2, 1001):
                    server.send(f"{number} " + "x" * 10_000)
                    await asyncio.sleep(0.001)
                    assert max(waiting_bytes(network), default=0) <= SLICE_BYTES
                assert server.listeners == 0  # nobody was reading
                assert server.log.end - server.log.start < 50 * 10_100
                for _, writer in sleepers:
                    writer.close()
                events = []
                while not events or events[-1].last_event_id != "1000":
                    events.append(await source.receive())
                return events

    events = simulate(main)
    (at,) = [n for n, event in enumerate(events) if event.type == "gap"]
    last = int(events[at - 1].last_event_id)
    assert json.loads(events[at].data) == {"after": last, "next": 951}
    ids = [int(event.last_event_id) for event in events if event.type == "message"]
    assert ids == [*range(2, last + 1), *range(951, 1001)]


def test_an_event_when_larger_than_all_windows_arrives_whole():
    async def main():
        big = "Đà Nẵng " * 100_000
        async with streaming() as server:
            async with subscribing(server.url(), last_event_id="0") as source:
                server.send(big)
                assert (await source.receive()).data == big

    run(main)


def test_clients_when_disconnected_come_again_and_lack_nothing():
    async def main():
        async with streaming(retry_ms=1) as server:
            async with subscribing(server.url(), last_event_id="0") as source:
                for number in range(1, 30):
                    server.send(str(number))
                    if number % 3 == 0:
                        server.disconnect()
                    assert (await source.receive()).data == str(number)

    run(main)


def test_a_server_when_left_leaves_nothing_whatever_its_clients_do():
    async def main():
        async with streaming() as server:
            asked = [await asleep(server) for _ in range(3)]
            silent = await asyncio.open_connection(HOST, server.port)
            refused = await asyncio.open_connection(HOST, server.port)
            refused[1].write(b"nonsense\r\n\r\n")
            assert (await refused[0].readline()).startswith(b"HTTP/1.1 400 ")
            for _ in range(200):
                server.send("x" * 100_000)  # more than any system keeps
        for _, writer in (*asked, silent, refused):
            writer.close()

    run(main)


def test_a_refused_client_when_it_does_not_hang_up_is_let_go():
    async def main():
        async with in_memory() as network, streaming() as server:
            _, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(ask(target="/x").encode())
            await asyncio.sleep(LINGER_S / 2)
            assert len(network.connections) == 1
            for _ in range(9):
                writer.write(b"x" * 100_000)  # read, and not kept
                await asyncio.sleep(LINGER_S / 10)
            assert network.connections == []
            writer.close()

    simulate(main)


def test_clients_when_gone_without_a_word_are_not_written_to_again_and_again(caplog):
    """asyncio would log it from the fifth time on."""

    async def main():
        async with streaming() as server:
            with socket.create_connection((HOST, server.port)) as client:
                client.sendall(ask().encode())
                client.setblocking(False)
                await asyncio.get_running_loop().sock_recv(client, 100)
                assert server.listeners == 1
                linger = struct.pack("ii", 1, 0)  # closing sends RST
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            for number in range(20):
                server.send(str(number))
            assert server.log.last_id == 20

    run(main)
    assert caplog.records == []


def test_a_port_when_taken_is_an_error():
    async def main():
        async with streaming() as server:
            with pytest.raises(OSError, match="address already in use"):
                async with streaming(port=server.port):
                    pass

    run(main)


def waiting_bytes(network):
    """What waits for each client in memory, besides the log."""
    return [c.server.get_write_buffer_size() for c in network.connections]


async def asleep(server):
    """A client that asks, reads the beginning, and then no more."""
    reader, writer = await asyncio.open_connection(HOST, server.port)
    writer.write(ask("Last-Event-ID: 0").encode())
    await reader.readuntil(b"retry: 1000\n\n")
    return reader, writer
