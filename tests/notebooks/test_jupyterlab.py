"""A real JupyterLab in a real Chromium, with a base URL and a token.

Each chapter from the top to its first live ladder, and to its end if a browser talks in
it (nbval runs every cell of all of them); every live widget while it flows; the
reader's browser that talks to the kernel through the proxy, where what a Chromium sees
today is what the recordings show. What it looked like is kept in _build/pictures.
"""

import json
import re
from textwrap import dedent

import nbformat
import pytest

from tests.notebooks import live
from tests.notebooks.chapters import IN_TURN, ROOT, code_cells, name, read
from tests.notebooks.lab import CLOSE, complaints, jupyterlab, start
from tools.store_outputs import METADATA

pytestmark = pytest.mark.chromium

RUN_DEADLINE_MS = 60_000
FOLLOWING = re.compile("Next|Tiếp|Sau", re.IGNORECASE)
PICTURES = ROOT / "_build" / "pictures"
RECORDED = ROOT / "widgets" / "recorded"
BASE = "--ServerApp.base_url=/user/an/"
TOKEN = "--IdentityProvider.token=b1nh"
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


@pytest.fixture(scope="module")
def desk(tmp_path_factory, browser):
    """One JupyterLab for all notebooks, with the beginning of each chapter.

    Gives its folder, its page, which takes seconds to load, and what it complains of.
    """
    home = tmp_path_factory.mktemp("lab")
    for path in IN_TURN:
        copy = home / "book" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(beginning(path), copy)
    live.write(home / "book")
    with jupyterlab(home / "book", home, BASE, TOKEN) as address:
        assert "/user/an/lab" in address and address.endswith("token=b1nh")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        errors = complaints(page)
        page.goto(address)
        yield home / "book", page, errors
        page.close()


@pytest.fixture
def run(desk):
    """Return a function that runs a notebook and gives the page; closes it after."""
    _, page, errors = desk

    def run_(notebook):
        start(page, notebook)
        return page

    yield run_
    page.evaluate(CLOSE)
    complained = errors[:]
    errors.clear()
    assert complained == []


@pytest.mark.parametrize("path", IN_TURN, ids=name)
def test_a_chapter_when_run_in_jupyterlab_shows_its_live_widget(path, desk, run):
    page = run(name(path))
    wait_for_cell(page, len(code_cells(desk[0] / path.relative_to(ROOT))))
    step_through_first_ladder(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    lang = "vi" if "vi/" in name(path) else "en"
    page.screenshot(path=PICTURES / f"lab-{path.stem}-{lang}.png")


def test_every_live_widget_flows_is_held_by_keyboard_and_ends(desk, run):
    folder, *_ = desk
    page = run(live.FILE)
    for kind in ("ladder", "rooms", "buffers", "timeline", "race"):
        face = page.locator(f".jp-OutputArea .lw-{kind}")
        # It flows while the kernel is busy with the cell that feeds it.
        face.locator(".lw-flowing", has_text="trực tiếp").wait_for(
            timeout=RUN_DEADLINE_MS
        )
        face.get_by_role("button", name="Tạm dừng").press("Enter")
        face.locator(".lw-flow", has_text="đang dừng").wait_for()
        face.get_by_role("button", name="Chạy").press("Enter")
        face.locator(".lw-flowing").wait_for()
    (folder / live.ENOUGH).touch()
    over = page.get_by_text("over", exact=True)
    over.wait_for(state="attached", timeout=RUN_DEADLINE_MS)
    # One face of each, and it is as any other: nothing flows any more.
    page.wait_for_function("!document.querySelector('.lw-flow:not(:empty)')")
    assert page.locator(".jp-OutputArea .lw-face").count() == 5
    race = page.locator(".lw-race")
    assert "Kết quả" in race.locator(".lw-when").inner_text()


def beginning(path):
    """The chapter to its first ladder, or all if a browser talks in it.

    Without its outputs: a number then says that the cell has run here.
    """
    notebook = read(path)
    cells = notebook.cells
    if not any("await Browser." in cell.source for cell in cells):
        ladder = next(n for n, cell in enumerate(cells) if shows_ladder(cell))
        del cells[ladder + 1 :]
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def shows_ladder(cell):
    outputs = cell.get("outputs", [])
    return any('data-widget="ladder"' in str(o.get("data")) for o in outputs)


def step_through_first_ladder(page):
    """The live face answers to the keyboard: another message is selected."""
    ladder = page.locator(".jp-OutputArea .lw-ladder").first
    ladder.wait_for(timeout=RUN_DEADLINE_MS)
    ladder.scroll_into_view_if_needed()
    rows = ladder.get_by_role("listbox")
    selected = rows.get_by_role("option", selected=True)
    following = ladder.get_by_role("button", name=FOLLOWING)
    following.press("Enter")
    first = selected.inner_text()
    following.press("Enter")
    assert selected.inner_text() != first


def talk(desk, run, *sources):
    """The page of a notebook of these cells, when the last one is done."""
    folder, *_ = desk
    cells = [nbformat.v4.new_code_cell(dedent(source).strip()) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(made, folder / "talk.ipynb")
    page = run("talk.ipynb")
    wait_for_cell(page, len(cells))
    return page


def wait_for_cell(page, number):
    last = page.locator(".jp-CodeCell").nth(number - 1)
    prompt = last.get_by_text(f"[{number}]:", exact=True)
    prompt.first.wait_for(timeout=RUN_DEADLINE_MS)


def rows_of(face):
    """The rows: what the browser saw, the way, the kernel's lines."""
    rows = []
    for row in face.locator("tbody tr").all():
        # Not what is drawn: JupyterLab draws nothing that is out of sight.
        saw, way, _ = row.locator("td").all_text_contents()
        rows.append((saw, way, row.locator(".lw-kernel div").all_text_contents()))
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


def test_both_columns_when_the_browser_talks_show_the_exchange(desk, run):
    cells = [(f"browser = await {call}\nbrowser", LEFT) for call in CALLS.values()]
    page = talk(desk, run, SETUP, *sum(cells, ()), PROXY, LEFT)
    faces = page.locator(".jp-OutputArea .lw-browser")
    shown = {kind: faces.nth(at) for at, kind in enumerate(CALLS)}
    for kind, face in shown.items():
        face.get_by_text("● Live:").wait_for(timeout=RUN_DEADLINE_MS)
        saw = comparable(rows_of(face))
        expected = comparable(recorded_rows(kind))
        if kind == "socketio":
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
    left = page.locator(".jp-OutputArea-output pre").all_text_contents()
    assert left == ["[]"] * 4
    shown_text = " ".join(page.locator(".jp-OutputArea").all_text_contents())
    assert "Cookie: …" in shown_text
    assert not re.search("_xsrf=|username-|b1nh", shown_text)
    shown["websocket"].scroll_into_view_if_needed()
    page.screenshot(path=PICTURES / "lab-browser.png")


@pytest.fixture
def page_without_proxy(desk):
    """The page, to which the server answers as one without the extension."""
    _, page, _ = desk
    asked = "**/server-proxy/servers-info"
    page.route(asked, lambda route: route.fulfill(status=404))
    yield page
    page.unroute(asked)


def test_without_the_proxy_the_cell_shows_the_recording(desk, run, page_without_proxy):
    cell = f"browser = await {CALLS['websocket']}\nbrowser"
    page = page_without_proxy
    talk(desk, run, SETUP, cell, LEFT)
    face = page.locator(".jp-OutputArea .lw-browser")
    face.get_by_text("◌ Recorded: Chromium").wait_for(timeout=RUN_DEADLINE_MS)
    assert face.get_by_text("has no jupyter-server-proxy").is_visible()
    assert rows_of(face) == recorded_rows("websocket")
    assert page.locator(".jp-OutputArea-output pre").all_text_contents() == ["[]"]
