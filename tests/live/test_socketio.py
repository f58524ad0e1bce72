"""The Socket.IO server with rooms: who hears what, and that nothing is left."""

import asyncio
import json
import subprocess
from contextlib import AsyncExitStack

import aiohttp
import pytest
import socketio

from servers.live.socketio_bare import polling
from servers.live.socketio_people import meeting
from servers.live.socketio_server import rooms_server, serving
from servers.network.leftovers import leftovers
from servers.network.tap import tapping
from tests.network.ways import WAYS

ROOM = "Đà Nẵng"
NAMES = ["An", "Bình", "Chi"]


@pytest.mark.parametrize("run", WAYS)
def test_people_when_in_rooms_hear_what_is_said_there_once(run):
    async def talk():
        sio = rooms_server()
        async with meeting(sio, NAMES) as people:
            await people.join(ROOM, "An", "Bình")
            await people.join("Huế", "Bình")
            heard = []
            for event, room in [("say", ROOM), ("tell", ROOM), ("say", "Hội An")]:
                await people.ask("An", event, room, event)
                heard.append(await people.heard())
            await sio.emit("said", "both", to=[ROOM, "Huế"])
            heard.append(await people.heard())
            return heard

    assert run(talk) == [
        {"An": ["say"], "Bình": ["say"], "Chi": []},
        {"An": [], "Bình": ["tell"], "Chi": []},
        {"An": [], "Bình": [], "Chi": []},
        {"An": ["both"], "Bình": ["both"], "Chi": []},
    ]


@pytest.mark.parametrize("run", WAYS)
def test_a_server_when_over_leaves_nothing_and_can_be_served_again(run):
    async def talk():
        sio = rooms_server()
        for _ in range(2):
            async with meeting(sio, NAMES) as people:
                await people.join(ROOM, "An")
            assert list(sio.manager.get_namespaces()) == []
        return leftovers()

    assert run(talk) == []


@pytest.mark.parametrize("run", WAYS)
def test_a_long_poll_when_it_waits_at_the_end_is_ended(run):
    async def talk():
        sio = rooms_server()
        async with AsyncExitStack() as outside:
            async with serving(sio) as server:
                ask = await outside.enter_async_context(polling(server))
                waits = asyncio.create_task(ask())
                (session,) = sio.eio.sockets.values()
                async with asyncio.timeout(5):
                    while not session.queue._getters:  # noqa: ASYNC110 - not read yet
                        await asyncio.sleep(0)
            assert await waits == '"Bad Request"'
        return leftovers()

    assert run(talk) == []


def test_clients_when_still_connected_at_the_end_are_ended():
    async def talk():
        sio = rooms_server()
        client = socketio.AsyncClient(reconnection=False)
        over = asyncio.Event()
        client.on("disconnect", lambda reason: over.set())
        async with serving(sio) as server:
            await client.connect(server.url(), transports=["websocket"])
        async with asyncio.timeout(5):
            await over.wait()
            await client.wait()
        return leftovers()

    assert asyncio.run(talk()) == []


def test_a_room_when_it_has_no_name_is_refused_and_nobody_hears(caplog):
    async def talk():
        sio = rooms_server(async_handlers=False)
        async with meeting(sio, NAMES) as people:
            for room in (None, "", [], [ROOM]):
                await people["An"].emit("say", (room, "psst"))
            return await people.heard()

    assert asyncio.run(talk()) == {"An": [], "Bình": [], "Chi": []}
    assert caplog.text.count("ValueError: a room has a name") == 4


def test_a_story_when_played_says_who_really_heard():
    story = [
        {"kind": "connect", "who": "An"},
        {"kind": "connect", "who": "Bình"},
        {"kind": "join", "who": "An", "room": ROOM},
        {"kind": "join", "who": "Bình", "room": ROOM},
        {"kind": "emit", "who": "An", "room": ROOM, "text": "1", "skip": ["An"]},
        {"kind": "leave", "who": "An", "room": ROOM},
        {"kind": "emit", "room": ROOM, "text": "2"},
        {"kind": "disconnect", "who": "Bình"},
        {"kind": "emit", "text": "3"},
    ]

    async def play():
        sio = rooms_server()
        async with meeting(sio) as people:
            for step in story:
                await people.play(**step)
        return people.steps

    played = asyncio.run(play())
    assert [step.pop("hears") for step in played if step["kind"] == "emit"] == [
        ["Bình"],
        ["Bình"],
        ["An"],
    ]
    assert played == story


def test_an_event_when_the_server_has_no_handler_is_named():
    async def talk():
        async with meeting(rooms_server(), ["An"]) as people:
            await people.ask("An", "shout", ROOM)

    with pytest.raises(NameError, match="shout") as raised:
        asyncio.run(talk())
    assert raised.value.name == "shout"


@pytest.mark.parametrize(
    ("origin", "statuses"),
    [
        (None, [200, 200]),
        ("http://127.0.0.1:1", [400, 200]),
        ("http://x.vn", [400] * 2),
    ],
)
def test_pages_when_of_this_machine_may_connect_to_the_rooms(origin, statuses):
    """A plain python-socketio server admits no page of another origin."""

    async def knock(sio):
        async with serving(sio) as server, aiohttp.ClientSession() as web:
            url = server.url("/socket.io/?EIO=4&transport=polling", "http")
            headers = {"Origin": origin} if origin else {}
            async with web.get(url, headers=headers) as answer:
                return answer.status

    async def talk():
        plain = socketio.AsyncServer(async_mode="aiohttp")
        return [await knock(plain), await knock(rooms_server())]

    assert asyncio.run(talk()) == statuses


def test_a_namespace_when_it_has_a_room_of_the_same_name_is_another_world():
    async def talk():
        spaces = ["/", "/radio"]
        sio = rooms_server(namespaces=spaces)
        async with meeting(sio, ["An"], namespaces=spaces) as people:
            await sio.enter_room(people.sid("An"), ROOM)
            heard = []
            for space in ("/radio", "/"):
                await sio.emit("said", space, room=ROOM, namespace=space)
                heard.append(await people.heard())
            await sio.enter_room(people.sid("An", "/radio"), ROOM, namespace="/radio")
            await sio.emit("said", "on air", room=ROOM, namespace="/radio")
            return [*heard, await people.heard()]

    assert asyncio.run(talk()) == [{"An": []}, {"An": ["/"]}, {"An": ["on air"]}]


def test_a_tapped_meeting_when_seeded_leaves_the_same_bytes():
    async def talk():
        sio = rooms_server()
        async with serving(sio) as server, tapping(server, seed=42) as tap:
            async with meeting(sio, NAMES, at=tap) as people:
                await people.join(ROOM, "An", "Chi")
                await people.ask("An", "tell", ROOM, "Xin chào")
                await people.heard()
        return tap.trace

    first, second = asyncio.run(talk()), asyncio.run(talk())
    assert first.difference(second) is None
    assert b"Host: chat.example" in first.stream(1, "client")


def test_the_room_of_a_session_when_others_want_in_stays_shut():
    """Where npm differs: see below."""

    async def talk():
        sio = rooms_server()
        async with meeting(sio, ["An", "Bình"]) as people:
            await sio.enter_room(people.sid("An"), people.sid("Bình"))

    with pytest.raises(ValueError, match="cannot enter a sid room"):
        asyncio.run(talk())


# What npm's socket.io does where chapters 13 and 42 compare it with python-socketio.
NPM = """
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";

const server = new Server(0);
server.httpServer.on("listening", async () => {
  const url = `http://127.0.0.1:${server.httpServer.address().port}`;
  const people = [], heard = {};
  for (const name of ["An", "Bình", "Chi"]) {
    const socket = connect(url, { transports: ["websocket"], forceNew: true });
    heard[name] = [];
    socket.on("said", (text) => heard[name].push(text));
    await new Promise((done) => socket.on("connect", done));
    people.push(socket);
  }
  const [an, binh] = people.map(({ id }) => server.sockets.sockets.get(id));
  for (const socket of people) socket.on("fence", (done) => done());
  an.join("Huế"); binh.join("Huế"); binh.join("Hội An");
  server.to("Huế").to("Hội An").emit("said", "union");
  an.to("Huế").emit("said", "not An");
  server.to([]).emit("said", "empty list");
  server.to("Huế").except("Hội An").emit("said", "except");
  an.join(binh.id);
  server.to(binh.id).emit("said", "private");
  for (const { id } of people) {
    await server.sockets.sockets.get(id).timeout(5000).emitWithAck("fence");
  }
  const elsewhere = await fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=x`);
  const refusal = [elsewhere.status, (await elsewhere.json()).message];
  console.log(JSON.stringify({ heard, rooms: people[0].rooms ?? null, refusal }));
  for (const socket of people) socket.close();
  server.close();
});
"""


@pytest.mark.node
def test_npm_socket_io_when_asked_the_same(node_path, npm_packages, tmp_path):
    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "rooms.mjs"
    script.write_text(NPM, encoding="utf-8")
    done = subprocess.run(
        [node_path, script], capture_output=True, encoding="utf-8", timeout=20
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "heard": {
            # It lets anyone into the room of another's sid, so An hears Bình's mail.
            "An": ["union", "empty list", "except", "private"],
            "Bình": ["union", "not An", "empty list", "private"],
            "Chi": ["empty list"],
        },
        "rooms": None,  # a client does not know them
        "refusal": [400, "Session ID unknown"],
    }


PEER = """
import { io } from "socket.io-client";
const socket = io("URL");
socket.on("connect", async () => {
  await socket.emitWithAck("join", "Đà Nẵng");
  console.log("in");
});
socket.on("said", (text) => {
  console.log(text);
  if (text === "WHEN") socket.emit("tell", "Đà Nẵng", "SAYS", () => socket.close());
});
"""


def peer(url, when, says):
    """JavaScript that enters the room, hears `when`, says something and goes."""
    return PEER.replace("URL", url).replace("WHEN", when).replace("SAYS", says)


@pytest.mark.node
def test_node_and_python_when_in_one_room_hear_each_other(
    node_path, npm_packages, tmp_path
):
    async def talk():
        sio = rooms_server()
        async with serving(sio) as server, meeting(sio, ["An"], at=server) as people:
            await people.join(ROOM, "An")
            script.write_text(peer(server.url(scheme="http"), "Python", "Node"))
            node = await asyncio.create_subprocess_exec(
                node_path, script, stdout=subprocess.PIPE
            )
            async with asyncio.timeout(20):
                assert await node.stdout.readline() == b"in\n"
                await people.ask("An", "tell", ROOM, "Python")
                rest, _ = await node.communicate()
            return rest.split(), await people.heard()

    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "peer.mjs"
    assert asyncio.run(talk()) == ([b"Python"], {"An": ["Node"]})


def test_socketio_rooms_when_started_as_a_process_has_rooms(rooms_url):
    """Without Node or Chromium, too."""

    async def talk():
        client = socketio.AsyncClient()
        await client.connect(rooms_url)
        try:
            return [await client.call(event, ROOM) for event in ("join", "leave")]
        finally:
            await client.disconnect()

    assert asyncio.run(talk()) == [None, None]
