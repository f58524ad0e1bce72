"""Records who hears what in the rooms of Socket.IO, as book/gallery/rooms.json.

    python tools/record_rooms.py

A python-socketio server and its clients on real sockets of 127.0.0.1; how it is
known who heard nothing, `People.heard` says.
"""

import asyncio
import json
from pathlib import Path

from servers.live.socketio_people import meeting
from servers.live.socketio_server import rooms_server

TARGET = Path(__file__).parents[1] / "book" / "gallery" / "rooms.json"
SCRIPT = [
    {"kind": "connect", "who": "An"},
    {"kind": "connect", "who": "Bình"},
    {"kind": "connect", "who": "Chi"},
    {"kind": "join", "who": "An", "room": "chess"},
    {"kind": "join", "who": "Bình", "room": "chess"},
    {"kind": "join", "who": "Bình", "room": "news"},
    {"kind": "join", "who": "Chi", "room": "news"},
    {"kind": "emit", "room": "news", "text": "2–1"},
    {"kind": "emit", "who": "An", "room": "chess", "text": "e4", "skip": ["An"]},
    {"kind": "emit", "who": "Chi", "room": "chess", "text": "?!"},
    {"kind": "leave", "who": "Bình", "room": "chess"},
    {"kind": "emit", "who": "An", "room": "chess", "text": "Nf3"},
    {"kind": "disconnect", "who": "Bình"},
    {"kind": "emit", "text": "23:59"},
]


async def main():
    sio = rooms_server()
    async with meeting(sio) as people:
        for step in SCRIPT:
            await people.play(**step)
    lines = ",\n ".join(json.dumps(step, ensure_ascii=False) for step in people.steps)
    TARGET.write_text(f"[{lines}]\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
