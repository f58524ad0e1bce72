"""A ladder that follows a growing trace: batches, bounds, and nothing left behind."""

import asyncio
import json
import random

import pytest

from servers.network.trace import Segment, Trace
from servers.wire.dissect import Dissector, dissect
from servers.wire.frames import TEXT, Frame, parse_frame, serialise_frame
from servers.wire.message import Message
from widgets import Ladder, Microscope
from widgets.ladder_following import MOST_ROWS, without_secrets
from widgets.rows import MANY, MOST_CLIENTS

REQUEST = b"GET /chat HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = b"\r\nUpgrade: websocket\r\n\r\n"
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
HELLO = bytes.fromhex("810548656c6c6f")


class Heard(Ladder):
    """A ladder that keeps what it would have sent to a page."""

    def __init__(self, *args, **traits):
        self.batches = []
        self._news = asyncio.Event()
        super().__init__(*args, **traits)

    def send(self, content, buffers=None):
        self.batches.append((content, json.loads(buffers[0])))
        self._news.set()

    async def heard(self, count):
        """Returns when so many batches were sent."""
        async with asyncio.timeout(10):
            while len(self.batches) < count:
                self._news.clear()
                await self._news.wait()

    def steps(self):
        return [row[0] for _, batch in self.batches for row in batch["rows"]]


def pings(count):
    return [Message(n, 1, "client", "ping", "ping", b"\x89\x00") for n in range(count)]


def segments(rng, count=300):
    """Two connections, cut anywhere; one ends in the middle of a frame."""
    streams = {
        (n, sender): head + HELLO * 20 + b"\x81"
        for n in (1, 2)
        for sender, head in (("client", REQUEST), ("server", ANSWER))
    }
    time = 0.0
    while any(streams.values()) and count:
        key = rng.choice([k for k, left in streams.items() if left])
        cut = rng.randint(1, 40)
        data, streams[key] = streams[key][:cut], streams[key][cut:]
        yield Segment(time, *key, data)
        time += 0.5


@pytest.mark.parametrize("seed", range(10))
def test_dissecting_in_pieces_gives_the_messages_of_the_whole(seed):
    rng = random.Random(seed)
    whole = [*segments(rng), Segment(9e3, 1, "client", b"", "fin")]
    pieces, messages, left = Dissector(), [], whole
    while left:
        cut = rng.randint(0, 5)
        messages += pieces.take(left[:cut])
        left = left[cut:]
    assert messages + pieces.rest() == dissect(whole)


def test_a_growing_trace_comes_in_batches_and_is_whole_in_the_end():
    trace = Trace([Segment(0.0, 1, "client", REQUEST)])

    async def run():
        async with ladder.follow(trace):
            assert ladder.following and ladder.messages == []
            trace.record(Segment(0, 1, "server", ANSWER))
            for batch in range(3):
                for time in range(10):
                    trace.record(Segment(time, 1, "server", HELLO))
                await ladder.heard(batch + 1)
        return asyncio.all_tasks() - {asyncio.current_task()}

    ladder = Heard()
    assert asyncio.run(run()) == set()
    assert not ladder.following
    assert ladder.messages == Ladder(trace).messages
    assert len(ladder.batches) == 3
    assert ladder.steps() == list(range(1, len(ladder.steps()) + 1))
    assert all(content["type"] == "batch" for content, _ in ladder.batches)
    assert "text “Hello”" in ladder.html()


def test_the_oldest_are_dropped_and_every_face_says_how_many():
    ladder = Heard(lang="vi")

    async def run():
        async with ladder.follow(keep=50) as live:
            live.add(pings(1200))
            await ladder.heard(1)

    asyncio.run(run())
    assert ladder.steps() == list(range(1151, 1201))
    assert [m["step"] for m in ladder.messages] == ladder.steps()
    assert ladder.text().startswith("1.150 thông điệp trước đó không được giữ lại.")
    assert "1.150 thông điệp trước đó" in ladder.snapshot()


def test_of_too_many_at_once_the_page_gets_the_last_and_all_are_kept_that_fit():
    trace, ladder = Trace(), Heard()
    trace.segments = [Segment(0.0, 1, "client", REQUEST)]
    trace.segments += [Segment(0.1, 1, "server", ANSWER)]
    trace.segments += [Segment(n, 1, "server", HELLO) for n in range(1198)]

    async def run():
        async with ladder.follow(trace, keep=500):
            await ladder.heard(1)

    asyncio.run(run())
    assert ladder.steps() == list(range(1201 - MOST_ROWS, 1201))
    assert ladder.messages == Ladder(trace).messages[-500:]


def test_what_is_read_later_is_what_is_read_at_once():
    whole = [*segments(random.Random(1))]
    framed = Dissector().frame(whole)
    assert [one.message() for one in framed] == Dissector().take(whole)


def test_an_error_in_the_block_ends_the_following():
    ladder = Heard()

    async def run():
        async with ladder.follow() as live:
            live.add(pings(3))
            raise LookupError("the reader's own")

    with pytest.raises(LookupError):
        asyncio.run(run())
    assert (len(ladder.messages), ladder.following) == (3, False)


def test_an_error_while_following_is_not_lost():
    ladder = Heard()

    async def run():
        async with ladder.follow() as live:
            live.add(["no message"])

    with pytest.raises(AttributeError):
        asyncio.run(run())


def test_new_columns_come_while_it_follows():
    ladder = Heard(ends={2: ("server", "broker")})
    labels = []

    async def run():
        async with ladder.follow() as live:
            live.add([Message(0, 1, "client", "text", "a")])
            await ladder.heard(1)
            labels.append([c["label"] for c in ladder.columns])
            live.add([Message(1, 2, "client", "text", "a")])
            await ladder.heard(2)
            labels.append([c["label"] for c in ladder.columns])

    asyncio.run(run())
    assert labels == [["client", "server"], ["client", "server", "broker"]]


def test_ends_name_the_columns_of_a_connection():
    said = [
        Message(0, 1, "client", "text", "a"),
        Message(1, 2, "client", "text", "b"),
        Message(2, 2, "server", "text", "c"),
        Message(3, 3, "broker", "text", "d"),
    ]
    ends = {1: ("An", "server-1"), 2: ("server-1", "broker"), 3: ("An", "server-2")}
    ladder = Ladder(said, lang="vi", ends=ends)
    labels = [c["label"] for c in ladder.columns]
    assert labels == ["An", "máy chủ 1", "máy chủ 2", "broker"]
    assert ladder.text().splitlines() == [
        "1  An → máy chủ 1      a",
        "2  máy chủ 1 → broker  b",
        "3  broker → máy chủ 1  c",
        "4  broker → máy chủ 2  d",
    ]


def test_a_crowd_of_clients_shares_a_column_and_keeps_its_names():
    count = MOST_CLIENTS + 1
    ladder = Ladder([Message(0, n, "client", "text", "a") for n in range(1, count + 1)])
    assert [c["label"] for c in ladder.columns] == [f"{count} clients", "server"]
    assert "client 3 → server" in ladder.text()


def test_many_messages_travel_packed_and_the_snapshot_stays_readable():
    ladder = Ladder(pings(MANY + 1), store_times=True)
    packed = ladder.stored_state()["messages"]
    assert packed["words"] == ["client-1", "server", "ping"]
    assert packed["rows"][1] == [2, 1, 1, 0, 1, 2, "ping", "8900", 2, [], ""]
    assert ladder.get_state(["messages"])["messages"] == packed
    assert ladder.text().endswith("… 801 more messages")
    assert ladder.snapshot().count("<details>") == 200
    assert isinstance(Ladder(pings(3)).stored_state()["messages"], list)


def test_a_cookie_when_a_trace_is_shown_or_followed_is_not_kept():
    head = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: sid=7f3a9c\r\n\r\n"
    trace = Trace([Segment(0.0, 1, "client", head)])
    (followed,) = map(without_secrets, dissect(trace))
    assert len(followed.data) == len(head)
    assert followed == dissect(trace.redacted())[0]
    assert b"7f3a9c" not in followed.data
    shown = Ladder(trace)
    assert "7f3a9c" not in shown.html()
    assert b"7f3a9c".hex() not in str(shown.messages)


def test_a_token_when_a_followed_frame_or_event_holds_it_is_not_kept():
    login = Frame(TEXT, b'40{"token":"7f3a9c"}', masking_key=b"mask")
    stream = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    said = dissect(
        [
            Segment(0, 1, "client", REQUEST.replace(b"\r\n\r\n", UPGRADE)),
            Segment(1, 1, "server", ANSWER),
            Segment(2, 1, "client", serialise_frame(login)),
            Segment(3, 2, "client", REQUEST),
            Segment(4, 2, "server", stream + b'data: {"password":"7f3a9c"}\n\n'),
        ]
    )
    assert [message.kind for message in said[2:]] == [
        *("text", "request", "response", "event"),
    ]
    kept = [without_secrets(message) for message in said]
    assert "7f3a9c" in str(said) and "7f3a9c" not in str(kept)
    assert parse_frame(kept[2].data)[0].payload == b'40{"token":"******"}'
    assert "******" in kept[2].summary and "******" in kept[5].summary
    assert "7f3a9c" not in Microscope(said[2]).html()
