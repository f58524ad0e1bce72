"""Records the same messages over four transports, as book/gallery/race.json.

    python tools/record_race.py

No transport may leave a message out: an answer carries all that the client lacks.
"""

import asyncio
import random
from pathlib import Path

from feed import POLL_S, Feed, Lane, now_ms, record_all, store

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "race.json"
MESSAGES = 16


class Race(Lane):
    """Notes an answer: its cost once, and each message in it."""

    def took(self, messages):
        at_ms = now_ms()
        cost = self.cost(at_ms)
        for message in messages or [None]:
            event = {name: value for name, value in cost.items() if value}
            event["time_ms"] = cost["time_ms"]
            if message:
                event["message"] = self.got = message["number"]
                event["latency_ms"] = round(at_ms - message["sent_ms"], 1)
            self.events.append(event)
            cost = {"time_ms": cost["time_ms"]}

    def opened(self):
        self.took([])  # a handshake costs something and brings nothing

    def all_events(self):
        """With what was still on its way at the end: it has been paid for too."""
        self.took([])
        if set(self.events[-1]) == {"time_ms"}:
            self.events.pop()
        return self.events


async def say_all(feed):
    rng = random.Random(4)
    for _ in range(MESSAGES):
        await asyncio.sleep(rng.uniform(0.08, 0.5))
        await feed.say()
    await asyncio.sleep(POLL_S + 0.05)  # so that every client has asked once more


async def main():
    feed = Feed()
    lanes = await record_all(Race, feed, say_all(feed))
    store(TARGET, {name: lane.all_events() for name, lane in lanes.items()})


if __name__ == "__main__":
    asyncio.run(main())
