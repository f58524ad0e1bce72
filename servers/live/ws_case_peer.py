"""The client that Autobahn's case files drive, on asyncio's clock: real or virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from servers.network.seeding import random_bytes
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    FrameError,
    parse_frame,
    serialise_frame,
)
from servers.wire.handshake import build_request, make_key
from servers.wire.http_head import HandshakeError, serialise_request
from servers.wire.ws_opening import ClientOpening

# How long the server may take to answer the request, our close, and to hang up then.
OPEN_S, CLOSE_S, HANG_UP_S = 5.0, 1.0, 1.0


class CasePeer(asyncio.Protocol):
    """What a case file calls `self.p`: its names and habits are Autobahn's, not ours.

    Args:
        make_case: Makes the case once the peer exists.

    `over` is done when the connection has ended and the case has judged it.

    Source: Autobahn|Testsuite's `fuzzing.py`, Autobahn|Python's `protocol.py`.
    Not handled here: the server's role, compression (sections 12 and 13), traffic
    statistics (section 9 and 10.1.1).
    """

    STATE_CLOSED, STATE_CONNECTING, STATE_CLOSING, STATE_OPEN = range(4)
    CLOSE_STATUS_CODE_NORMAL = 1000
    CLOSE_STATUS_CODE_PROTOCOL_ERROR = 1002
    CLOSE_STATUS_CODE_INVALID_PAYLOAD = 1007

    def __init__(self, make_case: Callable[[CasePeer], Any]) -> None:
        loop = asyncio.get_running_loop()
        self.factory = SimpleNamespace(isServer=False)
        self.state = self.STATE_CONNECTING
        self.connectionWasOpen = self.wasClean = False
        self.closedByMe = self.failedByMe = self.droppedByMe = False
        self.remoteCloseCode: int | None = None
        self.localCloseReason: str | None = None
        self.over: asyncio.Future[Any] = loop.create_future()
        self._loop, self._timers = loop, list[asyncio.TimerHandle]()
        self._buffer, self._parts = bytearray(), None
        self._case = make_case(self)

    # What asyncio tells us

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        host, port = transport.get_extra_info("peername")[:2]
        key = make_key(random_bytes(16))
        request = build_request(f"{host}:{port}", "/", key=key)
        self._opening = ClientOpening(request)
        transport.write(serialise_request(request))
        self._later(OPEN_S, self._drop)

    def data_received(self, data: bytes) -> None:
        self._safely(lambda: self._read(data))

    def connection_lost(self, error: Exception | None) -> None:
        self.state = self.STATE_CLOSED
        self._stop_timers()
        if not self.over.done():
            self._case.onConnectionLost(self.failedByMe)
            self.over.set_result(self._case)

    def _read(self, data: bytes) -> None:
        if self.state == self.STATE_CONNECTING:
            if self._opening.feed(data) is None:
                return
            self.state, self.connectionWasOpen = self.STATE_OPEN, True
            self._stop_timers()
            self._case.onOpen()
            data = self._opening.rest
        self._buffer += data
        while self.remoteCloseCode is None and (found := parse_frame(self._buffer)):
            frame, size = found
            del self._buffer[:size]
            self._hear(frame)

    def _hear(self, frame: Frame) -> None:
        opcode, payload = frame.opcode, frame.payload
        if frame.rsv or frame.masking_key:
            raise FrameError(1002, "RSV is set, or a server masks.")
        if opcode == CLOSE:
            self._hear_close(payload)
        elif opcode == PING:
            self.sendFrame(PONG, payload)
            self._case.onPing(payload.decode("latin-1"))
        elif opcode == PONG:
            self._case.onPong(payload.decode("latin-1"))
        else:
            self._hear_fragment(frame)

    def _hear_fragment(self, frame: Frame) -> None:
        if (frame.opcode == CONTINUATION) == (self._parts is None):
            raise FrameError(1002, "No fragment may stand here.")
        if self._parts is None:
            self._is_binary, self._parts = frame.opcode == BINARY, []
        self._parts.append(frame.payload)
        if frame.fin:
            whole, self._parts = b"".join(self._parts), None
            code = "latin-1" if self._is_binary else "utf-8"
            self._case.onMessage(whole.decode(code), self._is_binary)

    def _hear_close(self, payload: bytes) -> None:
        # The code as it stands: whether it may travel is the case's question.
        if len(payload) >= 2:
            self.remoteCloseCode = int.from_bytes(payload[:2])
        self.wasClean = True
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(self.remoteCloseCode, isReply=True)
        self._later(HANG_UP_S, self._miss)

    # What a case file asks for

    def sendFrame(
        self,
        opcode: int,
        payload: str | bytes | int = b"",
        fin: bool = True,
        rsv: int = 0,
        payload_len: int | None = None,
        chopsize: int | None = None,
        sync: bool = False,
    ) -> None:
        text = opcode in (CONTINUATION, TEXT)
        payload = _to_bytes(payload, "utf-8" if text else "latin-1")
        if payload_len is not None:
            payload = (payload * (payload_len // len(payload) + 1))[:payload_len]
        frame = Frame(opcode, payload, fin, random_bytes(4), rsv)
        self._write(serialise_frame(frame), chopsize)

    def sendMessage(
        self, payload: str | bytes, isBinary: bool = False, fragmentSize: int = 0
    ) -> None:
        data = payload if isinstance(payload, bytes) else payload.encode()
        step = fragmentSize or len(data) or 1
        for start in range(0, len(data) or 1, step):
            opcode = CONTINUATION if start else 1 + isBinary
            last = start + step >= len(data)
            self.sendFrame(opcode, data[start : start + step], last)

    def beginMessage(self) -> None:
        """Autobahn's words for one frame sent in pieces: this, and the three below."""

    def beginMessageFrame(self, length: int) -> None:
        key = bytes(4)  # no mask to turn between the pieces
        empty = serialise_frame(Frame(TEXT, bytes(length), True, key))
        self._write(empty[: len(empty) - length])

    def sendMessageFrameData(self, data: bytes | int) -> None:
        self._write(_to_bytes(data))

    def endMessage(self) -> None:
        pass

    def sendClose(self, code: int | None = None, reason: str = "") -> None:
        self.sendCloseFrame(code, reason)

    def sendCloseFrame(
        self, code: int | None = None, reasonUtf8: str = "", isReply: bool = False
    ) -> None:
        if self.state != self.STATE_OPEN:
            return
        head = b"" if code is None else code.to_bytes(2)
        self.sendFrame(CLOSE, head + _to_bytes(reasonUtf8))
        self.state, self.closedByMe = self.STATE_CLOSING, not isReply
        self.localCloseReason = reasonUtf8
        if not isReply:
            self._later(CLOSE_S, self._miss)

    def killAfter(self, secs: float) -> None:
        self._later(secs, self._fail)

    def closeAfter(self, secs: float) -> None:
        self._later(secs, lambda: self.sendClose(self.CLOSE_STATUS_CODE_NORMAL))

    def continueLater(
        self, secs: float, go_on: Callable[[], None], tag: str = ""
    ) -> None:
        self._later(secs, go_on)

    # How it ends

    def _fail(self) -> None:
        self.failedByMe = True
        self._drop()

    def _miss(self) -> None:
        self.wasClean = False
        self._drop()

    def _drop(self) -> None:
        self.droppedByMe = True
        self.state = self.STATE_CLOSED
        self._transport.abort()

    def _write(self, data: bytes, chopsize: int | None = None) -> None:
        if self.state != self.STATE_CLOSED:
            step = chopsize or len(data) or 1
            for start in range(0, len(data), step):
                self._transport.write(data[start : start + step])

    def _later(self, secs: float, call: Callable[[], None]) -> None:
        timer = self._loop.call_later(secs, lambda: self._safely(call))
        self._timers.append(timer)

    def _safely(self, call: Callable[[], None]) -> None:
        try:
            call()
        except (FrameError, HandshakeError, UnicodeDecodeError):
            self._fail()
        except Exception as error:  # a case file that fails is no verdict
            if not self.over.done():
                self.over.set_exception(error)
            self._drop()

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _to_bytes(payload: str | bytes | int, encoding: str = "latin-1") -> bytes:
    # The case files were written for Python 2, where a str held bytes, and one byte
    # of them was a str again; in Python 3 it is a number.
    if isinstance(payload, int):
        return bytes([payload])
    return payload if isinstance(payload, bytes) else payload.encode(encoding)
