"""The framing of a chunked body as fields.

No socket, no asyncio, no clock: values in, values out.
"""

from __future__ import annotations

from servers.wire.http_body import Piece
from servers.wire.message import Field

_FRAMING = {
    "chunk size": "RFC 9112 §7.1",
    "chunk end": "RFC 9112 §7.1",
    "last chunk": "RFC 9112 §7.1",
    "trailer": "RFC 9112 §7.1.2",
    "trailers end": "RFC 9112 §7.1.2",
}


def list_framing(piece: Piece, start: int) -> Field:
    """What frames a chunked body, as a field; a chunk's size is told in decimal.

    >>> list_framing(Piece("chunk size", b"1a\\r\\n"), 0).value
    '26 bytes'
    """
    value = piece.data.decode("latin-1").strip()
    if piece.name in ("chunk size", "last chunk"):
        value = f"{int(value.partition(';')[0], 16)} bytes"
    end = start + len(piece.data)
    return Field(piece.name, value, start, end, _FRAMING[piece.name])


def join_chunks(pieces: list[Piece]) -> list[Piece]:
    """The pieces with the data of each chunk in one, however it arrived.

    >>> join_chunks([Piece("data", b"Hel"), Piece("data", b"lo")])
    [Piece(name='data', data=b'Hello')]
    """
    joined: list[Piece] = []
    parts: list[bytes] = []
    for piece in [*pieces, Piece("", b"")]:
        if piece.name == "data":
            parts.append(piece.data)
            continue
        if parts:
            joined.append(Piece("data", b"".join(parts)))
            parts = []
        joined += [piece] if piece.name else []
    return joined
