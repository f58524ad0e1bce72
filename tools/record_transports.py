"""Records what four transports show of one price, as book/gallery/transports.json.

python tools/record_transports.py
"""

import asyncio
import random
from pathlib import Path

from feed import Feed, Lane, now_ms, record_all, store

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "transports.json"
SECONDS = 4.0


class Shown(Lane):
    """Notes how old the price is that the client shows from now on."""

    def took(self, messages):
        (price,) = messages
        at_ms = now_ms()
        age_ms = round(at_ms - price["sent_ms"], 1)
        event = self.cost(at_ms) | {"age_ms": age_ms}
        if price["number"] != self.got:
            event["latency_ms"] = age_ms
        if not event["requests"]:
            del event["requests"]
        self.events.append(event)
        self.got = price["number"]


async def change(feed):
    rng = random.Random(4)
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                await asyncio.sleep(rng.uniform(0.08, 0.5))
                await feed.say()
    except TimeoutError:
        return  # it was watched for long enough


async def main():
    feed = Feed(latest=True)
    await feed.say()
    lanes = await record_all(Shown, feed, change(feed))
    store(TARGET, {name: lane.events for name, lane in lanes.items()})


if __name__ == "__main__":
    asyncio.run(main())
