"""permessage-deflate: a message made smaller, and back.

No socket, no asyncio, no clock: values to bytes and back.
"""

from __future__ import annotations

import zlib

from servers.wire.frames import FrameError

# A flushed DEFLATE stream ends with an empty stored block. RFC 7692 §7.2.1 leaves its
# last four bytes out, since the receiver can put them back.
TAIL = b"\x00\x00\xff\xff"
MAX_INFLATED_BYTES = 1024 * 1024
# A block that calls itself the last one costs a new decompressor; a peer that sends
# nothing else would keep us busy for seconds.
MAX_FINAL_BLOCKS = 64


class Deflater:
    r"""Compresses the messages of one end, one after the other.

    Args:
        max_window_bits: 8 to 15, as agreed for this end.
        no_context_takeover: Forget the window after each message.

    Source: RFC 7692 §7.2.1. Taught in 24-compression.

    >>> deflater = Deflater()
    >>> deflater.deflate(b"Hello").hex(), deflater.deflate(b"Hello").hex()
    ('f248cdc9c90700', 'f200110000')
    """

    def __init__(
        self, max_window_bits: int = 15, no_context_takeover: bool = False
    ) -> None:
        self._max_window_bits = max_window_bits
        self._no_context_takeover = no_context_takeover
        self._compressor = self._make()

    def deflate(self, payload: bytes) -> bytes:
        """The compressed payload of a whole message."""
        data = self._compressor.compress(payload)
        data += self._compressor.flush(zlib.Z_SYNC_FLUSH)
        if self._no_context_takeover:
            self._compressor = self._make()
        return data.removesuffix(TAIL)

    def _make(self) -> zlib._Compress:
        if self._max_window_bits == 8:
            # zlib refuses a raw window of 256 bytes. Huffman coding alone never looks
            # back, so what it writes suits every window.
            return zlib.compressobj(wbits=-9, strategy=zlib.Z_HUFFMAN_ONLY)
        return zlib.compressobj(wbits=-self._max_window_bits)


class Inflater:
    r"""Decompresses the messages of one peer, piece by piece.

    Args:
        max_window_bits, no_context_takeover: As agreed for the peer.

    Source: RFC 7692 §7.2.2; §7.2.3.4 (blocks that call themselves the last one).
    Taught in 24-compression.

    >>> inflater = Inflater()
    >>> inflater.inflate(bytes.fromhex("f248cdc9c90700")) + inflater.finish()
    b'Hello'
    """

    def __init__(
        self, max_window_bits: int = 15, no_context_takeover: bool = False
    ) -> None:
        self._max_window_bits = max_window_bits
        self._no_context_takeover = no_context_takeover
        self._start()

    def inflate(self, data: bytes, room_bytes: int = MAX_INFLATED_BYTES) -> bytes:
        """What the next piece of a message holds.

        Returns:
            At most `room_bytes` + 1 bytes: one more than there is room for says that
            the message is too big, and the rest is never decompressed.

        Raises:
            FrameError: 1007, this is not DEFLATE; 1009, more than 64 blocks that call
                themselves the last. Fail the connection.
        """
        out = b""
        try:
            while data and len(out) <= room_bytes:
                out += self._inflate_block(data, room_bytes + 1 - len(out))
                data = self._decompressor.unconsumed_tail
                if self._decompressor.eof:
                    data = self._restart()
        except zlib.error:
            raise FrameError(1007, "The payload is not DEFLATE.") from None
        return out

    def finish(self, room_bytes: int = MAX_INFLATED_BYTES) -> bytes:
        """The last bytes of a message, once all of it was inflated.

        Raises:
            FrameError: As `inflate`.
        """
        out = self.inflate(TAIL, room_bytes)
        self._final_blocks = 0
        if self._no_context_takeover:
            self._start()
        return out

    def _start(self) -> None:
        self._window, self._final_blocks = bytearray(), 0
        self._decompressor = zlib.decompressobj(-self._max_window_bits)

    def _inflate_block(self, data: bytes, room_bytes: int) -> bytes:
        out = self._decompressor.decompress(data, room_bytes)
        self._window += out
        del self._window[: -(2**self._max_window_bits)]
        return out

    def _restart(self) -> bytes:
        # A block with BFINAL ends zlib's stream, not the WebSocket's: what follows
        # may still point into the window.
        self._final_blocks += 1
        if self._final_blocks > MAX_FINAL_BLOCKS:
            raise FrameError(1009, f"More than {MAX_FINAL_BLOCKS} final blocks.")
        rest = self._decompressor.unused_data
        self._decompressor = zlib.decompressobj(
            -self._max_window_bits, zdict=bytes(self._window)
        )
        return rest
