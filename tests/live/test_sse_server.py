"""The event-stream server: what it sends, what it refuses, whom it lets go."""

import asyncio

import pytest

from servers.live.sse_server import streaming
from servers.live.ws_client import exchange
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
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(ask().encode() + b"x" * 300_000)
            async with asyncio.timeout(5):
                await reader.readuntil(b"retry: 1000\n\n")
                server.send("still here")
                await reader.readuntil(b"still here\n\n")
            writer.close()

    run(test)
