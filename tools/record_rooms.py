"""Records who hears what in the rooms of Socket.IO, as book/gallery/rooms.json.

    python tools/record_rooms.py

A python-socketio server and its clients on real sockets of 127.0.0.1. After every
message the server sends each client a fence: what a client has not heard when the
fence arrives was not sent to it, for one connection keeps its order.
"""

import asyncio
import json
from pathlib import Path

import socketio
from aiohttp import web

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


class Recording:
    """A server, its clients by name, and what each of them has heard."""

    def __init__(self):
        self.server = socketio.AsyncServer(async_mode="aiohttp")
        self.clients, self.heard, self.fences = {}, set(), asyncio.Queue()
        self.gone = asyncio.Event()
        self.server.on("join", self.server.enter_room)
        self.server.on("leave", self.server.leave_room)
        self.server.on("say", self.say)
        self.server.on("disconnect", lambda sid, reason: self.gone.set())

    def sid(self, who):
        return self.clients[who].get_sid()

    async def say(self, sid, step):
        skip = [self.sid(who) for who in step.get("skip", [])]
        room = step.get("room")
        await self.server.emit("message", step["text"], room=room, skip_sid=skip)

    async def connect(self, who, url):
        client = self.clients[who] = socketio.AsyncClient()
        client.on("message", lambda text: self.heard.add((who, text)))
        client.on("fence", lambda: self.fences.put_nowait(who))
        await client.connect(url, transports=["websocket"])

    async def play(self, step, url):
        """One step; gives it back with what was heard."""
        kind, who = step["kind"], step.get("who")
        self.heard.clear()
        if kind == "connect":
            await self.connect(who, url)
        elif kind == "disconnect":
            await self.clients.pop(who).disconnect()
            await asyncio.wait_for(self.gone.wait(), 5)
        elif kind == "emit":
            if who is None:
                await self.say(None, step)
            else:  # `call` waits for the server's acknowledgement
                await self.clients[who].call("say", step)
            for one in self.clients:
                await self.server.emit("fence", to=self.sid(one))
            for _ in self.clients:
                await asyncio.wait_for(self.fences.get(), 5)
            assert {text for _, text in self.heard} <= {step["text"]}
            return step | {"hears": sorted(who for who, _ in self.heard)}
        else:
            await self.clients[who].call(kind, step["room"])
        return step


async def main():
    recording = Recording()
    app = web.Application()
    recording.server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    steps = [await recording.play(step, url) for step in SCRIPT]
    for client in recording.clients.values():
        await client.disconnect()
    await runner.cleanup()
    lines = ",\n ".join(json.dumps(step, ensure_ascii=False) for step in steps)
    TARGET.write_text(f"[{lines}]\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
