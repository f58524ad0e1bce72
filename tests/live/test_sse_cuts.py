"""Server and client together, cut at every byte: nothing lost, nothing doubled."""

import asyncio
from dataclasses import dataclass, field

import pytest

from servers.live.sse_client import subscribing
from servers.live.sse_server import streaming
from servers.network.memory import in_memory
from servers.network.virtual_time import simulate
from servers.wire.event_stream import Event

SAID = [("Xin chào", None), ("Đà Nẵng\nHuế", "city"), ("", None), ("tạm biệt", "bye")]
ALL = [
    Event(data, kind or "message", str(number))
    for number, (data, kind) in enumerate(SAID, 1)
]
SILENCE_S = 3.0


@dataclass
class Cut:
    """The first `times` connections end after so many bytes from the server.

    Args:
        how: "fin" or "reset" for the client, or "cable": nobody is told.
    """

    after_bytes: int
    how: str
    times: int
    passed: list[bytearray] = field(default_factory=list)  # from the server

    def open(self, loop, chance):
        is_cut = len(self.passed) < self.times
        passed, ends = bytearray(), {}
        self.passed.append(passed)

        def way(sender, hand_on):
            ends[sender] = hand_on
            return lambda item: pass_on(sender, item)

        def pass_on(sender, item):
            if is_cut and len(passed) >= self.after_bytes:
                return
            if sender == "server" and not isinstance(item, str):
                item = item[: self.after_bytes - len(passed)] if is_cut else item
                passed.extend(item)
            ends[sender](item)
            if is_cut and len(passed) == self.after_bytes and self.how != "cable":
                ends["server"](self.how)
                ends["client"](self.how)

        return way


def hear(cut, last_event_id="0"):
    """What a client hears that is cut off like this, and when each event came."""

    async def main():
        async with in_memory(cut), streaming(retry_ms=100, heartbeat_s=1) as server:

            async def tell():
                for data, kind in SAID:
                    await asyncio.sleep(1.5)  # a heartbeat in between
                    server.send(data, kind)
                await asyncio.sleep(1.5)
                server.finish()

            telling = asyncio.create_task(tell())
            async with subscribing(
                server.url(),
                last_event_id=last_event_id,
                silence_s=SILENCE_S,
                receive_deadline_s=60,
            ) as source:
                events = [event async for event in source]
            await telling
            return events

    return simulate(main)


def uncut(last_event_id="0"):
    """What the server sends to a client that is never cut off."""
    cut = Cut(0, "fin", times=0)
    assert hear(cut, last_event_id) == ALL
    return bytes(cut.passed[0])


HOW = pytest.mark.parametrize("how", ["fin", "reset", "cable"])


@HOW
def test_a_connection_when_cut_at_any_byte_loses_and_doubles_nothing(how):
    for after_bytes in range(1, len(uncut()) + 1):
        cut = Cut(after_bytes, how, times=1)
        assert hear(cut) == ALL, after_bytes
        assert len(cut.passed[0]) == after_bytes
        assert len(cut.passed) >= 2  # it did come again


@HOW
def test_connections_when_every_one_is_cut_lose_and_double_nothing(how):
    sent = uncut()
    for after_bytes in range(sent.index(b"id: 2"), sent.index(b"id: 4"), 3):
        cut = Cut(after_bytes, how, times=3)
        assert hear(cut) == ALL, after_bytes
        assert len(cut.passed) >= 3


def test_a_newcomer_when_it_has_its_place_loses_and_doubles_nothing():
    """It comes without an id; the first block says where it stands."""
    sent = uncut(last_event_id="")
    place = b"id: 0\n\n"
    for after_bytes in range(sent.index(place) + len(place), len(sent)):
        assert hear(Cut(after_bytes, "fin", times=1), "") == ALL, after_bytes
