"""What a tab cannot do, in the tab: each a sentence in the reader's language."""

import pytest

# What to do, and what the sentence must name: the same words in both languages.
CASES = {
    "syntax": ("x = (1,", "1"),
    "unknown import": ("import pandas", "`pandas`"),
    "left-out import": ("import smtplib", "`smtplib`"),
    "requests": ("import requests", "`httpx.AsyncClient`"),
    "input": ("input()", '`name = "An"`'),
    "pause": ("import time\ntime.sleep(60)", "`await asyncio.sleep(60)`"),
    "run": ("import asyncio\nasyncio.run(asyncio.sleep(1))", "`asyncio.run(f())`"),
    "urllib": (
        "from urllib.request import urlopen\nurlopen('http://example.com')",
        "`await asyncio.open_connection(…)`",
    ),
    "socket": (
        "import socket\nsocket.create_connection(('127.0.0.1', 1))",
        "`await asyncio.open_connection(…)`",
    ),
    "thread": (
        "import threading\nthreading.Thread(target=print).start()",
        "`asyncio.create_task(…)`",
    ),
    "to_thread": (
        "import asyncio\nawait asyncio.to_thread(print)",
        "`asyncio.create_task(…)`",
    ),
    "program": ("import subprocess\nsubprocess.run(['ls'])", "JupyterLab"),
    "wss": (
        "import websockets\nawait websockets.connect('wss://example.com')",
        "wss://",
    ),
    "https": (
        "import aiohttp\nasync with aiohttp.ClientSession() as s:\n"
        "    await s.get('https://example.com')",
        "JupyterLab",
    ),
    "host": (
        "import httpx\nasync with httpx.AsyncClient() as client:\n"
        "    await client.get('http://example.com')",
        "JupyterLab",
    ),
}
LETTERS = set("ạảãàáâậầấẩẫăắằặẳẵđêềếểễệôồốổỗộơờớởỡợưừứửữự")


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_what_a_tab_cannot_do_when_tried_says_what_to_do(lang, tab):
    run = tab(lang)
    run("lang", f'from widgets.chapter import chapter\nlang = chapter("{lang}")')
    for what, (code, named) in CASES.items():
        done = run(what, code)
        (error,) = [o for o in done["outputs"] if o["output_type"] == "error"]
        sentence = error["traceback"][-1]
        assert done["status"] == "error" and named in sentence, (what, error)
        assert bool(LETTERS & set(sentence)) == (lang == "vi"), (what, sentence)
        assert error["line"] is not None, what


@pytest.mark.chromium
def test_connections_when_too_many_are_refused_and_the_rest_go_on(tab):
    run = tab()
    run("open", OPEN)
    done = run("many", MANY)
    assert "300 connections are open" in done["outputs"][-1]["traceback"][-1]
    assert text(run("held", "len(held), server.is_serving()")) == "(300, True)"
    assert text(run("close", CLOSE)) == "b'x'"


OPEN = """
import asyncio
held = []
async def hold(reader, writer):
    writer.write(await reader.read(1))
server = await asyncio.start_server(hold, "127.0.0.1", 0)
port = server.sockets[0].getsockname()[1]
"""
MANY = """
while True:
    held.append(await asyncio.open_connection("127.0.0.1", port))
"""
CLOSE = """
for reader, writer in held[1:]:
    writer.close()
reader, writer = held[0]
writer.write(b"x")
await reader.read(1)
"""


@pytest.mark.chromium
def test_a_trace_when_full_keeps_its_beginning_and_says_so(tab):
    run = tab()
    assert run("talk", TALK)["status"] == "ok"
    held = text(run("held", "sum(len(s.data) for s in tap.trace) / 1e6"))
    assert 90 < float(held) <= 100
    assert text(run("ends", "tap.trace.segments[0].data[:3]")) == "b'abc'"


TALK = """
import asyncio
from servers.network.listening import listening
from servers.network.tap import tapping

async def swallow(reader, writer):
    while await reader.read(2**20):
        pass

piece = b"abc" * 2**18
async with listening(swallow) as port, tapping(port) as tap:
    reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
    for _ in range(140):
        writer.write(piece)
        await writer.drain()
    writer.close()
"""


def text(done):
    return done["outputs"][-1]["data"]["text/plain"]
