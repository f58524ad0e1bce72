"""An open WebSocket, the same for both ends: messages in, messages out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from servers.network.seeding import random_bytes
from servers.wire.frames import (
    BINARY,
    CLOSE,
    CLOSE_CODES,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    FrameError,
    parse_frame,
    serialise_frame,
)
from servers.wire.http_head import Request, Response

MAX_MESSAGE_BYTES = 1024 * 1024
MAX_FRAGMENTS = 4096
READ_BYTES = 64 * 1024
CLOSE_DEADLINE_S = 2.0


class ConnectionEnded(Exception):
    """The connection is over; `code` and `reason` say how (1006: without a close)."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


class Connection:
    """One end of an open WebSocket. Made by `serving` and `connecting`.

    Args:
        is_client: The end that masks.
        request, response: The handshake that opened it.
        rest: Bytes that came in one piece with the handshake.
        receive_deadline_s: How long `receive` waits; None: for ever.

    Not handled here: compression (chapter 24), heartbeats (chapter 22).
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_client: bool,
        request: Request,
        response: Response,
        rest: bytes = b"",
        receive_deadline_s: float | None = None,
    ) -> None:
        self.request = request
        self.response = response
        self.subprotocol = response.one("Sec-WebSocket-Protocol")
        self._reader = reader
        self._writer = writer
        self._is_client = is_client
        self._buffer = bytearray(rest)
        self._fragments: list[Frame] = []
        self._message_bytes = 0
        self._receive_deadline_s = receive_deadline_s
        self._close_sent = False
        self._ended: ConnectionEnded | None = None

    async def send(self, message: str | bytes) -> None:
        """Send one message: text for a str, binary for bytes.

        Raises:
            ConnectionEnded: The connection is closing or closed.
        """
        if self._ended or self._close_sent:
            raise self._ended or ConnectionEnded(1000)
        if isinstance(message, str):
            await self._send_frame(TEXT, message.encode())
        else:
            await self._send_frame(BINARY, message)

    async def receive(self) -> str | bytes:
        """The next whole message. Pings are answered on the way.

        Raises:
            ConnectionEnded: No more messages come; `code` says why.
            TimeoutError: None came within the deadline.

        Source: RFC 6455 §5.4 (fragments), §5.5 (control frames), §8.1 (UTF-8).
        """
        try:
            async with asyncio.timeout(self._receive_deadline_s):
                return await self._receive()
        except TimeoutError:
            waited = f"No message within {self._receive_deadline_s:g} seconds."
            raise TimeoutError(waited) from None

    async def _receive(self) -> str | bytes:
        while True:
            frame = await self._next_frame()
            if frame.opcode == PING:
                await self._send_frame(PONG, frame.payload)
            elif frame.opcode == CLOSE:
                await self._answer_close(frame.payload)
            elif frame.opcode != PONG and (message := await self._join(frame)):
                return await self._whole(*message)

    async def _join(self, frame: Frame) -> tuple[int, bytes] | None:
        # Fragments are kept here, so that a receive that gave up loses none.
        if (frame.opcode == CONTINUATION) != bool(self._fragments):
            await self._fail(1002, "A fragment stands where none may stand.")
        self._fragments.append(frame)
        self._message_bytes += len(frame.payload)
        if self._message_bytes > MAX_MESSAGE_BYTES:
            await self._fail(1009, f"More than {MAX_MESSAGE_BYTES} bytes.")
        if len(self._fragments) > MAX_FRAGMENTS:
            await self._fail(1009, f"More than {MAX_FRAGMENTS} fragments.")
        if not frame.fin:
            return None
        fragments, self._fragments, self._message_bytes = self._fragments, [], 0
        return fragments[0].opcode, b"".join(f.payload for f in fragments)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, and wait until the other end has said it too.

        Source: RFC 6455 §7.1.2; §7.1.1: the server closes the TCP connection first.
        """
        await self._send_close(code, reason)
        with suppress(TimeoutError, ConnectionEnded):
            async with asyncio.timeout(CLOSE_DEADLINE_S):
                while True:
                    await self._receive()
        if self._is_client:
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(CLOSE_DEADLINE_S):
                    while await self._reader.read(READ_BYTES):
                        pass
        self._writer.close()

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Messages until the connection ends."""
        with suppress(ConnectionEnded):
            while True:
                yield await self.receive()

    async def _next_frame(self) -> Frame:
        while self._ended is None:
            try:
                found = parse_frame(self._buffer, MAX_MESSAGE_BYTES)
            except FrameError as error:
                await self._fail(error.close_code, error.sentence)
            if found:
                frame, size = found
                del self._buffer[:size]
                if frame.rsv:
                    await self._fail(1002, "RSV is set and no extension uses it.")
                if (frame.masking_key is None) != self._is_client:
                    await self._fail(1002, "A client masks, a server does not.")
                return frame
            try:
                data = await self._reader.read(READ_BYTES)
            except ConnectionError:
                data = b""
            if not data:
                self._ended = ConnectionEnded(1006, "The stream ended without a close.")
            self._buffer += data
        raise self._ended

    async def _whole(self, opcode: int, payload: bytes) -> str | bytes:
        if opcode == BINARY:
            return payload
        try:
            return payload.decode()
        except UnicodeDecodeError:
            return await self._fail(1007, "The text is not UTF-8.")

    async def _answer_close(self, payload: bytes) -> None:
        code, reason = 1005, ""  # "no code": never sent, only told
        if payload:
            code = int.from_bytes(payload[:2])
            if len(payload) == 1 or code not in CLOSE_CODES:
                await self._fail(1002, "This close code may not travel.")
            try:
                reason = payload[2:].decode()
            except UnicodeDecodeError:
                await self._fail(1007, "The reason is not UTF-8.")
        self._ended = ConnectionEnded(code, reason)
        if not self._close_sent:
            self._close_sent = True
            await self._send_frame(CLOSE, payload[:2])
        raise self._ended

    async def _fail(self, code: int, sentence: str) -> str:
        self._ended = ConnectionEnded(code, sentence)
        await self._send_close(code, sentence)
        raise self._ended

    async def _send_close(self, code: int, reason: str) -> None:
        if self._close_sent or (self._ended and self._ended.code == 1006):
            return
        self._close_sent = True
        await self._send_frame(CLOSE, code.to_bytes(2) + reason.encode())

    async def _send_frame(self, opcode: int, payload: bytes) -> None:
        masking_key = random_bytes(4) if self._is_client else None
        frame = Frame(opcode, payload, masking_key=masking_key)
        # A peer that is gone is found by reading; what it does not get is lost.
        with suppress(ConnectionError):
            self._writer.write(serialise_frame(frame))
            await self._writer.drain()
