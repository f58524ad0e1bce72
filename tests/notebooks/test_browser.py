"""The reader's browser and the kernel, in a JupyterLab with a base URL and a token.

What a Chromium sees through the proxy today is what the recordings show.
"""

import json
import re
from textwrap import dedent

import nbformat
import pytest

from tests.notebooks.chapters import ROOT
from tests.notebooks.test_jupyterlab import PICTURES, jupyterlab, start
from tools.store_outputs import METADATA

pytestmark = pytest.mark.chromium

RECORDED = ROOT / "widgets" / "recorded"
DEADLINE_MS = 60_000
BASE = "--ServerApp.base_url=/user/an/"
TOKEN = "--IdentityProvider.token=b1nh"
NO_PROXY = '{"ServerApp": {"jpserver_extensions": {"jupyter_server_proxy": false}}}'
SETUP = """
from functools import partial

import socketio
from servers.live.socketio_server import serving as serving_socketio
from servers.live.ws_server import serving
from servers.network.leftovers import leftovers
from servers.network.listening import listening
from servers.wire.handshake import answer
from widgets import Browser

async def stream(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    kind = "text/event-stream"
    writer.write(f"HTTP/1.1 200 OK\\r\\nContent-Type: {kind}\\r\\n\\r\\n".encode())
    for price in (31, 32):
        text = f"id: {price}\\nevent: price\\ndata: Đà Nẵng {price}\\n\\n"
        writer.write(text.encode())
    await reader.read()

io = socketio.AsyncServer(async_mode="aiohttp", ping_interval=3600)

@io.on("say")
async def say(sid, text):
    await io.emit("said", text)
"""
CALLS = {
    "websocket": """Browser.websocket(
        serving(), "/chat", send=["Xin chào"], recorded="websocket")""",
    "eventsource": """Browser.eventsource(
        listening(stream), "/prices", events=["price"], expect=2,
        recorded="eventsource")""",
    "socketio": """Browser.socketio(
        serving_socketio(io), emit=[("say", "Xin chào")], recorded="socketio")""",
}
PROXY = """
async def odd(ws):
    await ws.receive()
    ws.ping(b"hi")
    await ws.close(4001, "tạm biệt")

picky = partial(answer, subprotocols=["chat.v1"])
browser = await Browser.websocket(
    serving(odd, answer=picky), send=["Xin chào"], expect=9,
    protocols=["chat.v2", "chat.v1"])
browser
"""
LEFT = "await browser.end()\nleftovers()"


def cells_of(*sources):
    return [nbformat.v4.new_code_cell(dedent(source).strip()) for source in sources]


@pytest.fixture
def notebook(tmp_path, browser):
    """A way to run cells in a JupyterLab; gives its page when the last one is done."""
    opened = []

    def run(lab, *sources):
        home, address = lab
        cells = cells_of(*sources)
        made = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
        nbformat.write(made, home / "book" / "talk.ipynb")
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        opened.append(page)
        page.goto(address)
        start(page, "talk.ipynb")
        last = page.locator(".jp-CodeCell").nth(len(cells) - 1)
        prompt = last.get_by_text(f"[{len(cells)}]:", exact=True)
        prompt.first.wait_for(timeout=DEADLINE_MS)
        return page

    yield run
    for page in opened:
        page.close()


def lab_with(home, *options):
    (home / "book").mkdir()
    return jupyterlab(home / "book", home, *options)


def rows_of(face):
    """The drawn rows: what the browser saw, the way, the kernel's lines."""
    rows = []
    for row in face.locator("tbody tr").all():
        saw, way, _ = row.locator("td").all_inner_texts()
        rows.append((saw, way, row.locator(".lw-kernel div").all_inner_texts()))
    return rows


def comparable(rows):
    """Without what differs from run to run: the port, and drawn ids."""
    text = json.dumps(rows, ensure_ascii=False)
    return json.loads(re.sub(r"(?<=proxy/)\d+", "PORT", text))


def spoken(rows):
    """What the browser said and heard, where the kernel saw it too."""
    kinds = ("emit", '"said"')
    return [saw for saw, _, kernel in rows if kernel and saw.startswith(kinds)]


def recorded_rows(name):
    rows = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))["rows"]
    ways = {"client": "→", "server": "←"}
    return [(row["browser"], ways[row["way"]], row["kernel"]) for row in rows]


def test_both_columns_when_the_browser_talks_show_the_exchange(tmp_path, notebook):
    cells = [(f"browser = await {call}\nbrowser", LEFT) for call in CALLS.values()]
    with lab_with(tmp_path, BASE, TOKEN) as address:
        assert "/user/an/lab" in address and address.endswith("token=b1nh")
        page = notebook((tmp_path, address), SETUP, *sum(cells, ()), PROXY, LEFT)
        faces = page.locator(".jp-OutputArea .lw-browser")
        shown = {name: faces.nth(at) for at, name in enumerate(CALLS)}
        for name, face in shown.items():
            face.get_by_text("● Live:").wait_for(timeout=DEADLINE_MS)
            saw = comparable(rows_of(face))
            expected = comparable(recorded_rows(name))
            if name == "socketio":
                # The upgrade is a race: messages may pass by polling before it comes.
                assert spoken(saw) == spoken(expected)
            else:
                assert saw == expected
        # What the page says that the proxy changes.
        odd = [(saw, kernel) for saw, _, kernel in rows_of(faces.nth(3))]
        assert (
            'open, protocol "chat.v2"',
            ["HTTP/1.1 101 Switching Protocols", "Sec-WebSocket-Protocol: chat.v1"],
        ) in odd
        assert ("", ["ping, 2 bytes"]) in odd and ("", ["pong, 2 bytes"]) in odd
        assert ("close 1005", ["close 4001 tạm biệt"]) in odd
        left = page.locator(".jp-OutputArea-output pre").all_inner_texts()
        assert left == ["[]"] * 4
        assert not re.search("_xsrf=|username-|b1nh", page.locator("body").inner_text())
        PICTURES.mkdir(parents=True, exist_ok=True)
        shown["websocket"].scroll_into_view_if_needed()
        page.screenshot(path=PICTURES / "lab-browser.png")


def test_without_the_proxy_the_cell_shows_the_recording(tmp_path, notebook):
    cell = f"browser = await {CALLS['websocket']}\nbrowser"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_server_config.json").write_text(NO_PROXY)
    with lab_with(tmp_path, BASE, TOKEN) as address:
        page = notebook((tmp_path, address), SETUP, cell, LEFT)
        face = page.locator(".jp-OutputArea .lw-browser")
        face.get_by_text("◌ Recorded: Chromium").wait_for(timeout=DEADLINE_MS)
        assert face.get_by_text("has no jupyter-server-proxy").is_visible()
        assert rows_of(face) == recorded_rows("websocket")
        assert page.locator(".jp-OutputArea-output pre").all_inner_texts() == ["[]"]
