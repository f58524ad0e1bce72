"""Cells in a real kernel: interrupted, mistaken, printing late."""

import re
import unicodedata

import pytest

from tests.notebooks.chapters import ALL, code_cells, name
from tests.notebooks.kernels import LEFTOVERS, kernel
from widgets.mistakes import SENTENCES

START = "from widgets.chapter import chapter\nchapter('en')"
WAIT = """
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
async with serving() as server, connecting(server.url()) as ws:
    print("waiting")
    await ws.receive()
"""
# Every kind of server that chapters start, in a cell that waits for ever.
WAITS = {
    "serving": WAIT,
    "tapping": """
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
from servers.network.tap import tapping
async with serving() as server, tapping(server) as tap:
    async with connecting(tap.url()) as ws:
        print("waiting")
        await ws.receive()
""",
    "listening": """
import asyncio
from servers.network.listening import listening
async def hold(reader, writer):
    await reader.read()
async with listening(hold):
    print("waiting")
    await asyncio.Event().wait()
""",
    "in memory": """
import asyncio
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
from servers.network.memory import in_memory
async with in_memory(), serving() as server, connecting(server.url()) as ws:
    print("waiting")
    await ws.receive()
""",
    "websockets": """
import websockets
async def hold(ws):
    await ws.wait_closed()
async with websockets.serve(hold, "127.0.0.1", 0) as server:
    port = server.sockets[0].getsockname()[1]
    async with websockets.connect(f"ws://127.0.0.1:{port}") as ws:
        print("waiting")
        await ws.recv()
""",
    "aiohttp": """
import asyncio
from aiohttp import web
runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
await runner.setup()
try:
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("waiting")
    await asyncio.Event().wait()
finally:
    await runner.cleanup()
""",
    "no server": """
print("waiting", flush=True)
while True: pass
""",
}
SETUP = """
import asyncio, json, warnings
from servers.live.ws_server import serving
async def ask(): return 7
async def items():
    yield 7
"""
# What a reader may do wrong, and what its sentence says.
MISTAKES = {
    "ask()": "`ask(…)` has not run yet",
    "ask() + 1": "write `await` before the call",
    "ask() > 1": "write `await` before the call",
    "ask().bit_length()": "write `await` before the call",
    "ask()[0]": "write `await` before the call",
    "len(ask())": "write `await` before the call",
    "1 in ask()": "write `await` before the call",
    "-ask()": "write `await` before the call",
    "a, b = ask()": "write `await` before the call",
    "', '.join([ask()])": "write `await` before the call",
    "json.dumps(ask())": "write `await` before the call",
    "for item in ask(): pass": "write `await` before the call",
    "async for item in ask(): pass": "write `await` before the call",
    "async with ask() as it: pass": "write `await` before the call",
    "async def inner(): ask()\nawait inner()": "`ask(…)` was called without `await`",
    "serving()": "Nothing is open yet: open it with `async with",
    "server = serving()\nserver.port": "Nothing is open yet: open it with `async with",
    "with serving() as server: pass": "Nothing is open yet: open it with `async with",
    "server = await serving()": "Nothing is open yet: open it with `async with",
    "with asyncio.timeout(1): pass": "Write `async with` here",
    "for item in items(): pass": "write `async for`",
    "await items()": "write `async for`",
    "asyncio.run(ask())": "write `await f()` in place of `asyncio.run(f())`",
    "asyncio.Runner().run(ask())": "write `await f()` in place of",
    "never_made": "An earlier cell makes `never_made`",
}
# Errors of the same types that are something else; nothing may be said about them.
OTHERS = (
    "1 + 'a'",
    "asyncio.coroutine",
    "asyncio.create_task(ask)",
    "ask(coroutine=1)",
    "(lambda coroutine, a: a)()",
    "await 5",
    "async for item in [1]: pass",
    "(5).bits",
    "for item in 5: pass",
    "with 5: pass",
    "open('/no/such/file')",
    "raise RuntimeError('no')",
    "raise TypeError(\"no 'coroutine' here\")",
    "raise OSError('no')",
)


@pytest.mark.parametrize(
    ("lang", "sentence"), [("en", "run this cell again"), ("vi", "chạy lại ô này")]
)
def test_a_cell_when_interrupted_leaves_nothing_and_says_what_to_run(
    lang, sentence, tmp_path
):
    with kernel(tmp_path) as cell:
        cell(START.replace("en", lang))
        for source in WAITS.values() if lang == "en" else [WAIT]:
            _, error = cell(source, interrupt_at="waiting")
            assert sentence in error, source
            assert cell(LEFTOVERS)[0] == "[]", source


@pytest.fixture(scope="module")
def explaining(tmp_path_factory):
    """A kernel of a chapter in English, where mistakes can be made."""
    with kernel(tmp_path_factory.mktemp("explaining")) as cell:
        cell(START)
        cell(SETUP)
        yield cell


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_when_made_gets_a_sentence(source, explaining):
    assert MISTAKES[source] in "".join(explaining(source))


@pytest.mark.parametrize("source", OTHERS)
def test_another_error_when_raised_gets_no_sentence(source, explaining):
    _, error = explaining(source)
    assert error
    said = [text[:20] for text in SENTENCES["en"].values() if text[:20] in error]
    assert said == []


def test_another_warning_when_given_is_shown_as_ever(explaining):
    shown, _ = explaining("warnings.warn('this is another')")
    assert "UserWarning: this is another" in shown


def test_the_sentences_when_compared_are_the_same_in_both_languages():
    assert SENTENCES["en"].keys() == SENTENCES["vi"].keys()
    for key, text in SENTENCES["vi"].items():
        names, ours = re.findall(r"\{\w+\}", text), SENTENCES["en"][key]
        assert names == re.findall(r"\{\w+\}", ours)
        assert unicodedata.is_normalized("NFC", text)


def test_a_mistake_when_made_in_vietnamese_is_explained_in_vietnamese(tmp_path):
    with kernel(tmp_path) as cell:
        cell(START.replace("en", "vi"))
        cell(SETUP)
        for source in ("ask() + 1", "ask()", "async def inner(): ask()\nawait inner()"):
            assert "trước lời gọi" in "".join(cell(source))


def test_prints_of_a_server_when_it_outlives_its_cell_land_in_the_running_one(tmp_path):
    with kernel(tmp_path) as cell:
        shown, _ = cell(
            "from servers.live.ws_client import connecting\n"
            "from servers.live.ws_server import serving\n"
            "async def tell(ws):\n"
            "    async for message in ws:\n"
            "        print('heard', message)\n"
            "        await ws.send(message)\n"
            "running = serving(tell)\n"
            "server = await running.__aenter__()"
        )
        assert shown == ""
        shown, _ = cell(
            "async with connecting(server.url()) as ws:\n"
            "    await ws.send('Xin chào')\n"
            "    await ws.receive()"
        )
        assert "heard Xin chào" in shown
        cell("await running.__aexit__(None, None, None)")
        assert cell(LEFTOVERS)[0] == "[]"


def test_a_port_when_it_is_taken_gets_a_sentence(tmp_path):
    with kernel(tmp_path) as cell:
        cell(START)
        _, error = cell(
            "from servers.live.ws_server import serving\n"
            "async with serving() as first, serving(port=first.port):\n    pass"
        )
        assert "Another program has this port" in error


@pytest.mark.parametrize("path", ALL, ids=name)
def test_the_first_server_when_started_needs_only_the_setup(path):
    """Readers see bytes within the first five code cells."""
    first = [cell.source for cell in code_cells(path)][:5]
    starts = re.compile(r"^async with|simulate\(|await race\(", re.M)
    assert any(starts.search(source) for source in first)
