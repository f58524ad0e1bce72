"""Secrets made unreadable before anything is stored: same length, same place."""

from __future__ import annotations

import re

from servers.wire.frames import CLOSE, FrameError, FrameHead, apply_mask, parse_head

_HEADERS = re.compile(
    rb"(?im)^(?:cookie|set-cookie|authorization|proxy-authorization|x-api-key"
    rb"|x-auth-token|x-csrf-token|x-xsrf-token):[ \t]*([^\r\n]+)"
)
_NAMES = (
    rb"(?:access_?token|id_?token|refresh_?token|token|jwt|api_?key|password|secret"
    rb"|authorization)"
)
_PARAMETERS = re.compile(rb"(?im)(?:[?&]|^)" + _NAMES + rb"=([^&\s#]+)")
_MEMBERS = re.compile(rb'(?i)"' + _NAMES + rb'"\s*:\s*"((?:[^"\\]|\\.)+)')
# JSON as a string inside JSON: every quote has a backslash before it.
_QUOTED = re.compile(rb'(?i)\\"' + _NAMES + rb'\\"\s*:\s*\\"([^"\\]+)')
_UPGRADE = re.compile(rb"(?im)^upgrade:[ \t]*websocket")


def redact(data: bytes) -> bytes:
    """The bytes with a star for each byte of a cookie, a token or a password.

    Finds them in HTTP headers, in queries and forms, in JSON (also as Socket.IO sends
    it), and in the messages of a WebSocket, masked or not.

    Args:
        data: One direction of one connection, whole: a secret may be cut by the
            border of two reads.

    Not handled here: secrets under other names, or in compressed messages.

    >>> redact(b"GET /?token=abc HTTP/1.1\\r\\nCookie: sid=7\\r\\n\\r\\n")
    b'GET /?token=*** HTTP/1.1\\r\\nCookie: *****\\r\\n\\r\\n'
    >>> redact(b'40{"token":"abc"}')
    b'40{"token":"***"}'
    """
    upgrade = _UPGRADE.search(data)
    head_end = data.find(b"\r\n\r\n", upgrade.end()) if upgrade else -1
    begin = len(data) if head_end < 0 else head_end + 4
    return _redact_text(data[:begin]) + redact_frames(data[begin:])


def redact_frames(data: bytes) -> bytes:
    """The same for WebSocket frames, one behind the other; the last may be cut off.

    A masked payload is masked again with its own key.

    >>> redact_frames(bytes.fromhex("8194 00000000") + b'42["a",{"token":"t"}]'[:20])
    b'\\x81\\x94\\x00\\x00\\x00\\x0042["a",{"token":"*"}'
    """
    clean = bytearray(data)
    at = 0
    message: list[tuple[int, FrameHead]] = []  # where the payloads of one begin
    while head := _head_at(data, at):
        payload_at = at + head.head_bytes
        at = payload_at + head.payload_bytes
        if head.opcode >= CLOSE:
            continue
        message.append((payload_at, head))
        if head.fin:
            _redact_message(clean, message)
            message = []
    _redact_message(clean, message)
    # What comes after the last frame is none, whatever it is.
    return bytes(clean[:at]) + _redact_text(bytes(clean[at:]))


def _head_at(data: bytes, at: int) -> FrameHead | None:
    try:
        return parse_head(data[at : at + 14], max_payload_bytes=2**63)
    except FrameError:
        return None


def _redact_message(data: bytearray, message: list[tuple[int, FrameHead]]) -> None:
    masked = [bytes(data[at : at + head.payload_bytes]) for at, head in message]
    keys = [head.masking_key or bytes(4) for _, head in message]
    payload = b"".join(map(apply_mask, masked, keys))
    clean = _redact_text(payload)
    if clean == payload:
        return
    for (at, _), part, key in zip(message, masked, keys, strict=True):
        data[at : at + len(part)] = apply_mask(clean[: len(part)], key)
        clean = clean[len(part) :]


def _redact_text(data: bytes) -> bytes:
    for pattern in (_HEADERS, _PARAMETERS, _MEMBERS, _QUOTED):
        data = pattern.sub(_stars, data)
    return data


def _stars(found: re.Match[bytes]) -> bytes:
    kept = found.start(1) - found.start()
    return found[0][:kept] + b"*" * len(found[1])
