"""Records what the lanes of `servers.live.feeds` cost, for the widget `Feeds`.

    python tools/record_feeds.py

Virtual time: the same figures on every machine. Takes some minutes.
"""

import json
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

from servers.live.feeds import costs

TARGET = Path(__file__).parents[1] / "widgets" / "recorded" / "grids" / "feeds.json"
MEANS_S = (10, 1, 0.2)
RTTS_MS = (10, 60, 180)
CLIENTS = (1, 10, 100)


def record(setting):
    mean_s, rtt_ms, clients = setting
    return {"mean_s": mean_s, "rtt_ms": rtt_ms, "clients": clients} | {
        "lanes": costs(*setting)
    }


def main():
    with ProcessPoolExecutor(2) as pool:
        points = pool.map(record, product(MEANS_S, RTTS_MS, CLIENTS))
        rows = ",\n".join(json.dumps(point) for point in points)
    TARGET.write_text(f"[\n{rows}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
