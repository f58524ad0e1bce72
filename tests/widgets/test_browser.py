"""The browser's exchange in Python: two columns, a server that ends, what is stored."""

import asyncio
import json
import re
import unicodedata
from contextlib import asynccontextmanager

import pytest
from traitlets import TraitError

from servers.live.ws_client import connecting
from servers.live.ws_server import serving
from servers.network.leftovers import leftovers
from servers.network.listening import listening
from servers.wire.message import Field, Message
from widgets import Browser, browser
from widgets.browser import RECORDED, check_told
from widgets.browser_rows import pair
from widgets.browser_words import _CHANGES, LABELS

HOSTILE = "</script><img src=x onerror=alert(1)>"
WEBSOCKET = {"kind": "websocket", "target": "/", "send": [], "expect": 0, "options": {}}
NEW = {"kind": "new", "text": "new WebSocket"}
RECORDINGS = sorted(path.stem for path in RECORDED.glob("*.json"))


def said(sender, kind, summary="", *fields):
    fields = tuple(Field(name, value, 0, 0, "") for name, value in fields)
    return Message(0, 1, sender, kind, summary or kind, fields=fields)


def events(*kinds):
    return [{"kind": kind, "text": kind} for kind in kinds]


def columns(rows):
    return [(row["browser"], row["way"], "; ".join(row["kernel"])) for row in rows]


def told(state, *seen):
    return {"state": state, "why": "", "seen": list(seen)}


@pytest.fixture
def with_page(monkeypatch):
    """As in JupyterLab: a page may come."""
    monkeypatch.setattr(browser, "can_come", lambda: True)
    monkeypatch.setattr(browser, "COMING_S", 0.05)
    monkeypatch.setattr(Browser, "_latest", None)


def test_what_both_saw_stands_on_one_row():
    kernel = [
        said("client", "request", "GET /"),
        said("server", "response", "HTTP/1.1 101"),
        said("client", "text", "text “a”"),
        said("server", "text", "text “A”"),
    ]
    assert columns(pair(events("new", "open", "send", "message"), kernel)) == [
        ("new", "client", "GET /"),
        ("open", "server", "HTTP/1.1 101"),
        ("send", "client", "text “a”"),
        ("message", "server", "text “A”"),
    ]


def test_both_columns_keep_their_own_order_where_messages_crossed():
    kernel = [said(who, "text", n) for n in ("1", "2") for who in ("client", "server")]
    rows = pair(events("send", "send", "message", "message"), kernel)
    assert [row["browser"] for row in rows if row["browser"]] == (
        ["send", "send", "message", "message"]
    )
    assert [row["kernel"][0] for row in rows if row["kernel"]] == ["1", "1", "2", "2"]
    assert [bool(row["browser"] and row["kernel"]) for row in rows] == (
        [True, False, True, False, True]
    )


def test_what_one_side_alone_saw_has_a_row_of_its_own():
    kernel = [said("server", "ping"), said("client", "pong")]
    assert columns(pair(events("close"), kernel)) == [
        ("close", "client", ""),
        ("", "server", "ping"),
        ("", "client", "pong"),
    ]


def test_the_end_of_a_connection_is_shown_when_the_browser_noticed_it():
    kernel = [said("server", "fin"), said("client", "fin")]
    assert columns(pair(events("error"), kernel)) == [("error", "server", "fin")]
    assert pair([], kernel) == []


def test_socketio_packets_are_found_in_frames_and_in_bodies():
    body = [("Engine.IO type", "4 message"), ("Socket.IO type", "0 CONNECT")]
    kernel = [
        said("client", "text", "text “5”, 3 bytes deflated"),
        said("server", "response", "HTTP/1.1 200 OK", *body),
        said("client", "text", 'text “42["say",1]”, 9 bytes deflated'),
    ]
    rows = pair(events("upgrade", "connect", "emit"), kernel)
    assert [bool(row["browser"] and row["kernel"]) for row in rows] == [True] * 3
    assert rows[1]["kernel"] == ["HTTP/1.1 200 OK", "4 message", "0 CONNECT"]


def test_of_all_headers_only_harmless_ones_are_shown():
    head = [("Cookie", "_xsrf=secret"), ("Authorization", "token secret")]
    head += [("X-Anything", "secret"), ("Sec-Websocket-Protocol", "chat.v1")]
    (row,) = pair([NEW], [said("client", "request", "GET /", *head)])
    assert row["kernel"] == ["GET /", "Sec-Websocket-Protocol: chat.v1", "Cookie: …"]


@pytest.mark.parametrize(
    "what",
    [
        None,
        {"state": "done", "why": ""},
        told("done") | {"why": "because"},
        told("done", {"kind": "shout", "text": ""}),
        told("done", {"kind": "new", "text": 7}),
    ],
)
def test_a_page_that_tells_something_else_is_refused(what):
    with pytest.raises(TraitError):
        check_told(what)


def test_a_state_that_nobody_draws_is_refused():
    with pytest.raises(TraitError, match="waiting, talking, done, recorded"):
        Browser(WEBSOCKET, state="gone")


def test_without_a_jupyter_server_nothing_is_started():
    @asynccontextmanager
    async def never():
        raise AssertionError("started")
        yield

    async def run():
        shown = await Browser.websocket(never(), send=["a"])
        await shown.end()
        return shown.state, shown.port

    assert asyncio.run(run()) == ("recorded", 0)


def test_the_server_runs_after_the_cell_until_the_browser_is_done(with_page):
    async def run():
        shown = await Browser.websocket(serving(), "/chat", send=["Xin chào"])
        assert (shown.state, shown.client["expect"]) == ("waiting", 1)
        async with connecting(f"ws://127.0.0.1:{shown.port}/chat") as ws:
            shown._take(told("talking", NEW))
            await ws.send("Xin chào")
            await ws.receive()
        shown._take(told("done", NEW, *events("open", "send", "message")))
        await shown.end()
        assert leftovers() == []
        return shown

    shown = asyncio.run(run())
    assert shown.state == "done"
    assert columns(shown.rows)[:2] == [
        ("new WebSocket", "client", "GET /chat"),
        ("open", "server", "HTTP/1.1 101 Switching Protocols"),
    ]
    assert columns(shown.rows)[3] == ("message", "server", "text “Xin chào”")


def test_a_browser_that_never_comes_leaves_nothing_and_is_told_so(with_page):
    async def run():
        shown = await Browser.eventsource(serving(), expect=1, deadline_s=60)
        await shown.end()
        # Too late: nothing changes any more.
        shown._take(told("talking", NEW))
        return shown.state, shown.why, leftovers()

    assert asyncio.run(run()) == ("recorded", "late", [])


def test_nobody_has_to_end_a_server(with_page):
    async def run():
        shown = await Browser.websocket(serving(), send=["a"], deadline_s=0.01)
        shown._take(told("talking", NEW))
        await asyncio.wait([shown._background.task])
        return shown.state, leftovers()

    assert asyncio.run(run()) == ("done", [])


def test_a_widget_that_is_closed_ends_its_server(with_page):
    async def run():
        shown = await Browser.websocket(serving(), send=["a"])
        shown.close()
        await asyncio.wait([shown._background.task])
        return leftovers()

    assert asyncio.run(run()) == []


def test_a_second_server_waits_for_the_end_of_the_first(with_page):
    async def run():
        first = await Browser.websocket(serving(), send=["a"])
        second = await Browser.websocket(serving(), send=["a"])
        states = first.state, second.state
        await second.end()
        return states

    assert asyncio.run(run()) == ("recorded", "waiting")


def test_a_server_that_cannot_start_says_why(with_page):
    async def run():
        async with serving() as taken:
            await Browser.websocket(serving(port=taken.port), send=["a"])

    with pytest.raises(OSError, match="address already in use"):
        asyncio.run(run())


def test_a_server_that_fails_is_seen_and_raised(with_page):
    async def fail(reader, writer):
        raise ZeroDivisionError("the lesson")

    async def run():
        shown = await Browser.websocket(listening(fail), send=["a"])
        shown._take(told("talking", NEW))
        reader, writer = await asyncio.open_connection("127.0.0.1", shown.port)
        await reader.read()
        writer.close()
        shown._take(told("done", NEW))
        with pytest.raises(ZeroDivisionError):
            await shown.end()
        return shown.rows[-1]["kernel"], leftovers()

    assert asyncio.run(run()) == (["⚠ ZeroDivisionError: the lesson"], [])


def test_an_event_stream_that_the_proxy_keeps_open_is_cut(with_page):
    async def tick(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        await asyncio.Event().wait()

    async def run():
        shown = await Browser.eventsource(listening(tick), expect=1)
        reader, writer = await asyncio.open_connection("127.0.0.1", shown.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readline()
        shown._take(told("done", NEW))
        await shown.end()
        writer.close()
        await writer.wait_closed()
        return leftovers()

    assert asyncio.run(run()) == []


def test_socketio_gets_the_client_library_and_others_do_not(with_page):
    async def run():
        libraries = []
        opening = (
            Browser.websocket(serving(), send=["a"]),
            Browser.socketio(serving(), emit=[("say", "a")]),
        )
        for coming in opening:
            shown = await coming
            libraries.append(shown.library)
            await shown.end()
        return libraries

    none, library = asyncio.run(run())
    assert none == ""
    assert library.startswith("/*!\n * Socket.IO v4.8.4")
    assert "library" not in Browser.stored


def test_the_client_library_is_the_npm_packages_own(npm_packages):
    package = npm_packages / "socket.io-client"
    ours = browser.LIBRARY
    theirs = package / "dist" / ours.name
    assert ours.read_bytes() == theirs.read_bytes()
    assert (ours.parent / "LICENSE").read_bytes() == (package / "LICENSE").read_bytes()


def test_an_exchange_is_recorded_and_shown_where_no_browser_comes(
    with_page, monkeypatch, tmp_path
):
    monkeypatch.setattr(browser, "RECORDED", tmp_path)

    async def run():
        shown = await Browser.websocket(serving(), send=["a"], recorded="test")
        with pytest.raises(ValueError, match="live exchange"):
            shown.record("too early")
        shown._take(told("done", NEW))
        await shown.end()
        shown.record("a test")

    asyncio.run(run())
    assert repr(Browser(WEBSOCKET, "test")).splitlines() == [
        "Recorded: a test. In JupyterLab and on Binder, your own browser does it.",
        "new WebSocket →",
    ]


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_hold_both_columns_and_no_secret(name, lang):
    shown = Browser(WEBSOCKET, name, lang=lang)
    rows = shown.recording["rows"]
    assert any(row["browser"] and row["kernel"] for row in rows)
    assert not re.search(r"_xsrf|username-|token=|127\.0\.0\.1|localhost", shown.html())
    assert LABELS[lang]["recorded"].split("{}")[0] in shown.text()
    assert not re.search(r"<(style|svg|script)|class=| id=| on\w+=", shown.snapshot())
    other = Browser(WEBSOCKET, name, lang=lang)
    assert (shown.html(), repr(shown)) == (other.html(), repr(other))


def test_both_languages_say_the_same():
    assert LABELS["en"].keys() == LABELS["vi"].keys()
    for kind, changes in _CHANGES["en"].items():
        assert len(_CHANGES["vi"][kind]) == len(changes)
    text = json.dumps([LABELS, _CHANGES], ensure_ascii=False)
    assert unicodedata.is_normalized("NFC", text)


def test_every_trait_of_the_contract_is_explained():
    for name in (*Browser.stored, "client", "port", "library", "state", "why", "rows"):
        assert Browser.class_traits()[name].help


def test_hostile_text_stays_text():
    row = {"way": "server", "browser": HOSTILE, "kernel": [HOSTILE]}
    shown = Browser(WEBSOCKET, title=HOSTILE)
    shown.recording = {"how": HOSTILE, "rows": [row]}
    html = shown.html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html
