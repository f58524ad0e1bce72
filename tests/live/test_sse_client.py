"""Our EventSource against scripted servers: on sockets, in memory, in virtual time."""

import asyncio
import re
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from servers.live.sse_client import (
    RECONNECT_MS,
    EventSource,
    SourceClosed,
    subscribing,
)
from servers.network.faults import CuttingProxy
from servers.network.leftovers import leftovers
from servers.network.listening import HOST, listening
from servers.network.memory import in_memory
from servers.network.tap import tapping
from servers.network.virtual_time import simulate
from servers.wire.event_stream import Event
from servers.wire.http_body import serialise_chunk
from tests.network.ways import WAYS

OK = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
STREAM = f"{OK}\r\n"
SOON = "retry: 1\n\n"
GONE = "HTTP/1.1 204 No Content\r\n\r\n"


@asynccontextmanager
async def scripted(*answers):
    """A server that gives these answers, one a connection; then 204.

    Gives its port, and the requests so far as texts. An answer is a text or bytes,
    or a list of pieces that are sent one by one.
    """
    requests, left = [], list(answers)

    async def answer(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        requests.append(request.decode())
        pieces = left.pop(0) if left else GONE
        for piece in [pieces] if isinstance(pieces, (str, bytes)) else pieces:
            writer.write(piece.encode() if isinstance(piece, str) else piece)
            await writer.drain()
            await asyncio.sleep(0.001)  # in virtual time: surely not joined

    async with listening(answer) as port:
        yield port, requests


def url_of(port, target="/"):
    return f"http://{HOST}:{port}{target}"


async def hear(*answers, **options):
    """What is heard of these answers until 204, and what was asked."""
    async with scripted(*answers) as (port, requests):
        async with subscribing(url_of(port), **options) as source:
            events = [event async for event in source]
        assert source.state == "closed"
        return events, requests


def ids_in(requests):
    return [re.findall(r"Last-Event-ID: (.*)\r", request) for request in requests]


@pytest.mark.parametrize("run", WAYS)
def test_a_stream_when_cut_goes_on_with_the_last_id(run):
    async def main():
        events, requests = await hear(
            STREAM + SOON + "id: 1\ndata: Huế\n\nid: 2\ndata: lost\n",
            STREAM + "id: 2\ndata: Đà Nẵng\n\ndata: Vinh\n\n",
            STREAM + "id\ndata: Hà Nội\n\n",
        )
        assert events == [
            Event("Huế", last_event_id="1"),
            Event("Đà Nẵng", last_event_id="2"),
            Event("Vinh", last_event_id="2"),
            Event("Hà Nội"),
        ]
        assert ids_in(requests) == [[], ["1"], ["2"], []]
        return leftovers()

    assert run(main) == []


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize(
    "framed",
    [
        lambda body: f"{STREAM}{body}",
        lambda body: (
            f"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n{body}"
        ),
        lambda body: f"{OK}Content-Length: {len(body.encode())}\r\n\r\n{body}lost",
        lambda body: (
            f"{OK}Transfer-Encoding: chunked\r\n\r\n".encode()
            + b"".join(serialise_chunk(bytes([b])) for b in body.encode())
            + serialise_chunk(b"")
        ),
        lambda body: f"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{STREAM}{body}",
    ],
    ids=["until close", "HTTP/1.0", "content length", "chunked", "after a 103"],
)
def test_a_body_when_framed_in_each_way_is_the_same_stream(run, framed):
    async def main():
        events, requests = await hear(framed(f"{SOON}id: 7\ndata: Đà Nẵng\n\n"))
        assert events == [Event("Đà Nẵng", last_event_id="7")]
        assert ids_in(requests) == [[], ["7"]]

    run(main)


def test_a_stream_when_it_comes_byte_by_byte_is_the_same():
    async def main():
        body = f"\ufeff{SOON}event: giá\r\ndata: Huế\r\rid: 3\ndata\n\n"
        async with in_memory(CuttingProxy(1)):
            events, _ = await hear(STREAM + body)
        assert events == [Event("Huế", "giá"), Event("", last_event_id="3")]

    simulate(main)


def test_an_event_when_it_ends_in_a_bare_cr_is_heard_at_once():
    async def main():
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"{STREAM}data: Huế\r\r".encode())
            await asyncio.sleep(3600)

        async with listening(answer) as port, subscribing(url_of(port)) as source:
            return await source.receive()

    assert simulate(main) == Event("Huế")


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_when_answered_is_followed_and_kept(run, status):
    async def main():
        async with scripted(
            f"HTTP/1.1 {status} Moved\r\nLocation: /new?a=1\r\n\r\n",
            f"{STREAM}{SOON}id: 1\ndata: Huế\n\n",
        ) as (port, requests):
            async with subscribing(url_of(port, "/old")) as source:
                assert [event.data async for event in source] == ["Huế"]
        paths = [request.split(" ")[1] for request in requests]
        assert paths == ["/old", "/new?a=1", "/new?a=1"]  # Chromium does the same

    run(main)


def test_redirects_when_they_go_round_are_a_network_error():
    async def main():
        loop = "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"
        heard = []
        events, requests = await hear(
            *[loop] * 21, STREAM + "data: Huế\n\n", on_change=lambda *h: heard.append(h)
        )
        assert [event.data for event in events] == ["Huế"]
        assert heard[0] == ("error", "connecting", "More than 20 redirects.")
        assert len(requests) == 23

    simulate(main)


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("HTTP/1.1 404 Not Found\r\n\r\n", "answered 404 Not Found"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\n", "answered 500 Oops"),
        # How long its body is nobody needs to know.
        ("HTTP/1.1 403 No\r\nTransfer-Encoding: gzip\r\n\r\n", "answered 403 No"),
        ("HTTP/1.1 205 Reset Content\r\n\r\n", "answered 205"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "answered 101"),
        ("HTTP/1.1 302 Found\r\n\r\n", "answered 302"),
        ("HTTP/1.1 302 Found\r\nLocation: https://a/\r\n\r\n", "speaks http only"),
        ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "is text/plain"),
        ("HTTP/1.1 200 OK\r\n\r\ndata: x\n\n", "is of no type"),
        (f"{STREAM}data: {'x' * 70_000}\n\n", "more than 65536 characters"),
    ],
)
def test_an_answer_when_it_is_final_ends_it_with_a_sentence(run, answer, sentence):
    async def main():
        heard = []
        with pytest.raises(SourceClosed, match=sentence) as caught:
            await hear(
                answer,
                on_change=lambda *h: heard.append(h),
                max_event_characters=65536,
            )
        assert caught.value.is_failure
        assert heard[-1] == ("error", "closed", caught.value.sentence)
        return leftovers()

    assert run(main) == []


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("", "hung up without an answer"),
        (OK, "hung up without an answer"),
        ("\0\r\n\r\n", "first line is not"),
        ("HTTP/1.1 200 OK\r\n: x\r\n\r\n", "header's name"),
        ("x" * 20_000, "longer than"),
        ("HTTP/1.1 302 Found\r\nLocation: http://[x\r\n\r\n", "is no address"),
        (f"{OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "not one number"),
        (f"{OK}Transfer-Encoding: gzip\r\n\r\n", "Only chunked"),
    ],
)
def test_an_answer_when_it_is_no_http_is_tried_again(run, answer, sentence):
    async def main():
        heard = []
        async with scripted(f"{STREAM}{SOON}", answer) as (port, requests):
            url = url_of(port)
            async with subscribing(url, on_change=lambda *h: heard.append(h)) as source:
                assert [event async for event in source] == []
        assert len(requests) == 3
        states = [(what, state) for what, state, _ in heard]
        again = ("error", "connecting")
        assert states == [("open", "open"), again, again, ("error", "closed")]
        assert sentence in heard[2][2]

    run(main)


def test_chunks_when_they_break_and_nobody_hangs_up_are_given_up_at_once():
    async def main():
        chunk = serialise_chunk(f"{SOON}data: Huế\n\n".encode())
        head = f"{OK}Transfer-Encoding: chunked\r\n\r\n".encode()
        left = [[head + chunk + b"zz\r\n"], [GONE.encode()]]

        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.writelines(left.pop(0))
            if left:
                await asyncio.sleep(3600)

        async with listening(answer) as port, subscribing(url_of(port)) as source:
            assert [event.data async for event in source] == ["Huế"]
        return asyncio.get_running_loop().time()

    assert simulate(main) < 1


@pytest.mark.parametrize("run", WAYS)
def test_chunks_when_they_break_keep_what_came_before(run):
    async def main():
        events, requests = await hear(
            f"{OK}Transfer-Encoding: chunked\r\n\r\n".encode()
            + serialise_chunk(f"{SOON}id: 1\ndata: Huế\n\nid: 2\n".encode())
            + b"zz\r\n",
        )
        assert events == [Event("Huế", last_event_id="1")]
        assert ids_in(requests) == [[], ["1"]]

    run(main)


def test_the_wait_when_retry_says_so_is_kept_for_all_that_follow():
    async def main():
        asked_s = []
        left = ["", f"{STREAM}retry: 250\n\n", "", f"{STREAM}retry: 8000\n\n", "", GONE]

        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            asked_s.append(asyncio.get_running_loop().time())
            writer.write(left.pop(0).encode())

        async with listening(answer) as port:
            async with subscribing(url_of(port), receive_deadline_s=None) as source:
                assert [event async for event in source] == []
        waits_ms = [(b - a) * 1000 for a, b in pairwise(asked_s)]
        assert waits_ms == pytest.approx([RECONNECT_MS, 250, 250, 8000, 8000])

    simulate(main)


def test_retry_when_the_body_ends_with_it_counts_already():
    async def main():
        body = "retry: 50\n\ndata: Huế\n\n"
        await hear(f"{OK}Content-Length: {len(body.encode())}\r\n\r\n{body}")
        return asyncio.get_running_loop().time()

    assert simulate(main) < 1


@pytest.mark.parametrize("run", WAYS)
def test_a_server_when_nobody_listens_is_tried_again(run):
    async def main():
        heard = []
        async with scripted() as (port, _):
            pass
        async with subscribing(
            url_of(port), on_change=lambda *h: heard.append(h), receive_deadline_s=0.1
        ) as source:
            with pytest.raises(TimeoutError, match="No event within"):
                await source.receive()
            assert source.state == "connecting"
        assert heard[0][:2] == ("error", "connecting")
        assert "Connect call failed" in heard[0][2]
        with pytest.raises(SourceClosed, match="It was closed") as caught:
            await source.receive()
        assert not caught.value.is_failure

    run(main)


def test_a_wait_when_receive_gives_up_in_it_goes_on_in_the_next():
    """Else a deadline shorter than the wait would keep it from ever coming again."""

    async def main():
        async with scripted("", STREAM + "data: Huế\n\n") as (port, _):
            async with subscribing(url_of(port), receive_deadline_s=1) as source:
                late = 0
                while True:
                    try:
                        event = await source.receive()
                    except TimeoutError:
                        late += 1
                    else:
                        return event.data, late

    assert simulate(main) == ("Huế", 3)


def test_silence_when_it_is_too_long_is_taken_for_a_cut_cable():
    async def main():
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"{STREAM}{SOON}id: 7\ndata: Huế\n\n".encode())
            await asyncio.sleep(3600)

        async with in_memory() as network, listening(answer) as port:
            options = {"silence_s": 30, "receive_deadline_s": None}
            async with subscribing(url_of(port), **options) as source:
                await source.receive()
                network.cut()
                network.mend()
                assert (await source.receive()).data == "Huế"
        return asyncio.get_running_loop().time()

    assert 30 < simulate(main) < 31


def test_an_answer_when_it_does_not_come_is_asked_for_again():
    async def main():
        async def answer(reader, writer):
            if asked:
                writer.write(GONE.encode())
                return
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            await asyncio.sleep(3600)

        asked, heard = [], []
        async with listening(answer) as port:
            options = {"on_change": lambda *h: heard.append(h)}
            async with subscribing(
                url_of(port), receive_deadline_s=None, **options
            ) as s:
                assert [event async for event in s] == []
        assert heard[0] == ("error", "connecting", "No answer within 10 seconds.")
        return leftovers()

    assert simulate(main) == []


@pytest.mark.parametrize("run", WAYS)
@pytest.mark.parametrize(
    "answers",
    [
        [STREAM, STREAM],  # it waits to ask again
        [[STREAM + SOON, "", ""]],  # it asks again, or is answered
        [[STREAM, *["data: Huế\n"] * 50]],  # it reads
    ],
)
def test_a_source_when_closed_while_another_task_receives_ends_it(run, answers):
    async def main():
        async with scripted(*answers) as (port, _):
            async with subscribing(url_of(port)) as source:
                receiving = asyncio.create_task(source.receive())
                await asyncio.sleep(0.01)
                source.close()
                with pytest.raises(SourceClosed):
                    await receiving
                assert source.state == "closed"
        return leftovers()

    assert run(main) == []


def test_a_source_when_closed_while_it_is_answered_does_not_open():
    async def main():
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(2)
            writer.write(STREAM.encode())
            await reader.read()

        heard = []
        async with listening(answer) as port:
            source = EventSource(url_of(port), on_change=lambda *h: heard.append(h))
            connecting = asyncio.create_task(source.connect())
            await asyncio.sleep(1)
            source.close()
            await connecting
            assert (source.state, heard) == ("closed", [])
            with pytest.raises(SourceClosed, match="It was closed"):
                await source.receive()
        return leftovers()

    assert simulate(main) == []


@pytest.mark.parametrize("run", WAYS)
def test_a_tap_when_dialled_sees_the_host_of_the_url(run):
    async def main():
        async with scripted(STREAM + "data: Huế\n\n") as (port, requests):
            async with tapping(port) as tap:
                url = "http://live.example/events"
                async with subscribing(url, at=tap) as source:
                    assert (await source.receive()).data == "Huế"
        assert requests[0].startswith("GET /events HTTP/1.1\r\nHost: live.example\r\n")
        assert tap.trace.stream(1, "client").decode() == requests[0]

    run(main)


def test_a_url_when_it_is_none_is_refused_before_anything_is_asked():
    async def main():
        with pytest.raises(ValueError, match="is no http:// address"):
            async with subscribing("https://live.example/"):
                pass

    asyncio.run(main())
