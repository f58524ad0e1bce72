"""The reader's own browser talks to a server in the kernel."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

from IPython import get_ipython
from traitlets import Dict, Int, List, TraitError, Unicode, validate

from servers.network.listening import HasPort
from servers.network.tap import Tap
from servers.wire.dissect import dissect
from widgets.browser_rows import KINDS, pair
from widgets.browser_server import Background
from widgets.browser_words import LABELS, changes_of
from widgets.faces import (
    FOLDER,
    LOOSE,
    ROW,
    TABLE,
    TIGHT,
    Faces,
    heading,
    shown,
    style_of,
    visible,
)

LIBRARY = FOLDER / "vendor" / "socket.io-client" / "socket.io.esm.min.js"
RECORDED = FOLDER / "recorded"
WRAP = "overflow-wrap:anywhere"
ARROWS = {"client": "→", "server": "←"}
WHY = ("", "proxy", "page", "late")
STATES = ("waiting", "talking", "done", "recorded")
# A browser that has not connected by then has not drawn the cell.
COMING_S = 2.0
TALKING_S = 15.0

Server = AbstractAsyncContextManager[HasPort | int]


class Browser(Faces):
    """What the reader's browser saw, beside what the kernel saw.

    `websocket`, `eventsource` and `socketio` each make one: the server runs in the
    background until the browser is done, and the cell returns at once.

        browser = await Browser.websocket(
            serving(), "/chat", send=["Xin chào"], recorded="websocket", lang=lang
        )
        browser

    and in a later cell `await browser.end()`. Where no browser can come, as on the
    published page, it shows a recorded exchange.

    Args:
        client: What the browser shall do: {"kind", "target", "send", "expect",
            "options"}.
        recorded: The name of a file in widgets/recorded; `record` writes it.
        lang: "en" or "vi".
        title: One line above the exchange; may be empty.

    Raises:
        TraitError: A value that cannot be shown; the sentence says which.

    Not handled here: other clients beside the browser (they would be in the kernel's
    column), TLS, a browser without Jupyter's cookie.
    """

    _esm = FOLDER / "browser.js"
    _css = style_of("browser")
    stored: ClassVar[tuple[str, ...]] = ("lang", "title", "changes", "recording")

    title = Unicode("", help="One line above the exchange.").tag(sync=True)
    client = Dict(help="What the browser shall do: see the class.").tag(sync=True)
    port = Int(0, help="The tap's port; 0: there is no server.").tag(sync=True)
    library = Unicode("", help="socket.io-client's module, if needed.").tag(sync=True)
    state = Unicode("recorded", help="waiting, talking, done or recorded.").tag(
        sync=True
    )
    why = Unicode("", help="Why it is only recorded: proxy, page, late.").tag(sync=True)
    rows = List(help="The live exchange: {way, browser, kernel}.").tag(sync=True)
    recording = Dict(help="A stored one: {how, client, rows}.").tag(sync=True)
    changes = List(help="What the proxy changes, a sentence each.").tag(sync=True)

    # A browser needs a moment: the next cell's shall not be in its way.
    _latest: ClassVar[Browser | None] = None

    def __init__(
        self,
        client: dict[str, Any],
        recorded: str = "",
        lang: str = "en",
        title: str = "",
        **traits: Any,
    ) -> None:
        self._recorded = recorded
        self._background: Background | None = None
        self._tap: Tap | None = None
        self._seen: list[dict] = []
        recording = {}
        if recorded and (file := RECORDED / f"{recorded}.json").exists():
            recording = json.loads(file.read_text("utf-8"))
        super().__init__(
            client=client,
            lang=lang,
            title=title,
            recording=recording,
            changes=changes_of(client["kind"], lang),
            **traits,
        )

    @classmethod
    async def websocket(
        cls,
        server: Server,
        target: str = "/",
        *,
        send: Sequence[str] = (),
        expect: int | None = None,
        protocols: Sequence[str] = (),
        **more: Any,
    ) -> Browser:
        """The browser's `WebSocket`: sends, receives `expect` messages, closes.

        Args:
            server: What starts the server, such as `serving()`.
            send: Texts, sent as soon as it is open.
            expect: None: as many as are sent.
            protocols: The subprotocols to offer.
            more: `recorded`, `lang`, `title`; `deadline_s`: when the server ends at
                the latest.
        """
        options = {"protocols": list(protocols)} if protocols else {}
        return await cls._open(
            server, "websocket", target, send, expect, options, **more
        )

    @classmethod
    async def eventsource(
        cls,
        server: Server,
        target: str = "/",
        *,
        expect: int,
        events: Sequence[str] = (),
        **more: Any,
    ) -> Browser:
        """The browser's `EventSource`: takes `expect` events, then closes.

        Args:
            server: What starts the server.
            events: Types to listen to besides "message".
            more: As for `websocket`.
        """
        options = {"events": list(events)} if events else {}
        return await cls._open(
            server, "eventsource", target, (), expect, options, **more
        )

    @classmethod
    async def socketio(
        cls,
        server: Server,
        namespace: str = "/",
        *,
        emit: Sequence[Sequence[Any]] = (),
        expect: int | None = None,
        options: dict[str, Any] | None = None,
        **more: Any,
    ) -> Browser:
        """The browser's socket.io-client: emits, takes `expect` events, disconnects.

        Args:
            server: What starts the server; it answers under /socket.io/.
            emit: Each an event's name and its arguments.
            expect: None: as many as are emitted.
            options: For `io`, such as {"transports": ["websocket"]}.
            more: As for `websocket`.
        """
        emit = [list(event) for event in emit]
        return await cls._open(
            server, "socketio", namespace, emit, expect, options or {}, **more
        )

    @classmethod
    async def _open(
        cls,
        server: Server,
        kind: str,
        target: str,
        send: Sequence[Any],
        expect: int | None,
        options: dict[str, Any],
        deadline_s: float = 60.0,
        **more: Any,
    ) -> Browser:
        client = {"kind": kind, "target": target, "send": list(send)}
        client |= {"expect": len(send) if expect is None else expect}
        browser = cls(client | {"options": options}, **more)
        if cls._latest:
            await cls._latest.end()
        if can_come():
            cls._latest = browser
            await browser._start(server, deadline_s)
        return browser

    async def _start(self, server: Server, deadline_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._background = Background(server, deadline_s)
        self._tap = await self._background.listens()
        self._background.task.add_done_callback(self._ended)
        with self.hold_sync():
            if self.client["kind"] == "socketio":
                self.library = LIBRARY.read_text("utf-8")
            self.port, self.state = self._tap.port, "waiting"
        # Jupyter may bring the browser's words on another thread.
        self.on_msg(lambda _, told, __: loop.call_soon_threadsafe(self._take, told))

    async def end(self) -> None:
        """Ends the server, after a browser that is on its way; nothing is left.

        Raises:
            Exception: What the server failed with.
        """
        if self._background is None:
            return
        for state, seconds in (("waiting", COMING_S), ("talking", TALKING_S)):
            if self.state == state:
                await asyncio.wait([self._background.task], timeout=seconds)
        await self._background.end()

    def close(self) -> None:
        """Takes the widget off the page, and ends its server."""
        if self._background:
            self._background.over.set()
        super().close()

    def record(self, how: str) -> None:
        """Writes the live exchange to widgets/recorded, for where no browser comes.

        Args:
            how: The browser, the proxy and the month, such as "Chromium 156,
                jupyter-server-proxy 4.6.0, 2026-11"; it stands in both languages.

        Raises:
            ValueError: There is nothing to record, or no name for it.
        """
        if self.state != "done" or not self._recorded:
            raise ValueError("only a live exchange that is over and has a name")
        saved = {"how": how, "client": self.client, "rows": self.rows}
        text = json.dumps(saved, ensure_ascii=False, indent=1)
        (RECORDED / f"{self._recorded}.json").write_text(f"{text}\n", "utf-8")

    def _take(self, told: dict[str, Any]) -> None:
        """Takes in what the browser tells: its state, and all that it saw so far."""
        check_told(told)
        self._seen = told["seen"]
        self._pair()
        if self._background.task.done():
            return
        self.why, self.state = told["why"], told["state"]
        if self.state != "talking":
            if self.client["kind"] == "eventsource":
                # The proxy would go on reading, and the server sending.
                self._tap.cut()
            self._background.over.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """The server has ended: nothing more passes."""
        self._pair()
        if error := task.exception():
            text = f"⚠ {type(error).__name__}: {error}"
            self.rows = [*self.rows, {"way": "server", "browser": "", "kernel": [text]}]
        if self.state == "waiting":
            self.why, self.state = "late", "recorded"
        elif self.state == "talking":
            self.state = "done"

    def _pair(self) -> None:
        self.rows = pair(self._seen, dissect(self._tap.trace.redacted()))

    @validate("state")
    def _known_state(self, proposal: Any) -> str:
        if proposal["value"] not in STATES:
            raise TraitError(f"state is {proposal['value']!r}: {', '.join(STATES)}")
        return proposal["value"]

    def stored_state(self) -> dict[str, Any]:
        return super().stored_state() | {"state": "recorded", "why": "", "rows": []}

    def _label(self) -> str:
        words = LABELS[self.lang]
        how = self.recording.get("how")
        return words["recorded"].format(how) if how else words["none"]

    def text(self) -> str:
        lines = [self._label()]
        for row in self.recording.get("rows", ()):
            browser, kernel = visible(row["browser"]), visible("; ".join(row["kernel"]))
            lines.append(f"{browser} {ARROWS[row['way']]} {kernel}".strip())
        return "\n".join(lines)

    def snapshot(self) -> str:
        words = LABELS[self.lang]
        heads = "".join(f'<th style="{LOOSE}">{h}</th>' for h in words["heads"])
        rows = "\n".join(
            f'<tr style="{ROW}"><td style="{LOOSE}">{shown(row["browser"])}</td>'
            f'<td style="{TIGHT}">{ARROWS[row["way"]]}</td>'
            f'<td style="{LOOSE}">{"<br>".join(map(shown, row["kernel"]))}</td></tr>'
            for row in self.recording.get("rows", ())
        )
        items = "".join(f"<li>{shown(change)}</li>" for change in self.changes)
        return (
            f'{heading(self.title)}<p style="{WRAP}">{shown(self._label())}</p>'
            f'<div style="overflow-x:auto"><table style="{TABLE}">'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
            f"<details><summary>{words['changes']}</summary><ul>{items}</ul></details>"
        )


def check_told(told: Any) -> None:
    """Nothing, when the page told what a page can tell.

    Raises:
        TraitError: It did not.
    """
    events = told.get("seen") if isinstance(told, dict) else None
    if not isinstance(events, list) or told.get("why") not in WHY:
        raise TraitError(f"the page told {told!r}")
    for event in events:
        if event.get("kind") not in KINDS or not isinstance(event.get("text"), str):
            raise TraitError(f"{event!r} is nothing that a client notes")


def can_come() -> bool:
    """Whether a Jupyter server started this kernel for a page of its own.

    Without one, as under nbval, no browser could reach a server here.
    """
    return get_ipython() is not None and "JPY_SESSION_NAME" in os.environ
