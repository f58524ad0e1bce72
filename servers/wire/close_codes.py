"""The close codes of a WebSocket, and the payload of a close frame.

No socket, no asyncio, no clock: values to bytes and back.
"""

from __future__ import annotations

from dataclasses import dataclass

from servers.wire.frames import FrameError

MAX_REASON_BYTES = 123  # a control frame's 125, without the code


@dataclass(frozen=True, slots=True)
class CloseCode:
    """One close code.

    Args:
        name: The registry's words for it.
        may_travel: Whether a close frame may carry it; the others are only told to
            the application.
        meaning: What it says to whoever receives it.
        source: Where it is defined. "IANA" is the WebSocket Close Code Number
            Registry that RFC 6455 §11.7 set up.
    """

    code: int
    name: str
    may_travel: bool
    meaning: str
    source: str


CLOSE_CODES = {
    row[0]: CloseCode(*row)
    for row in (
        (1000, "Normal Closure", True, "done", "RFC 6455 §7.4.1"),
        (1001, "Going Away", True, "server stops or page left", "RFC 6455 §7.4.1"),
        (1002, "Protocol error", True, "you broke the protocol", "RFC 6455 §7.4.1"),
        (1003, "Unsupported Data", True, "not this kind of data", "RFC 6455 §7.4.1"),
        (1004, "Reserved", False, "no meaning yet", "RFC 6455 §7.4.1"),
        (1005, "No Status Rcvd", False, "a close without code", "RFC 6455 §7.4.1"),
        (1006, "Abnormal Closure", False, "no close came", "RFC 6455 §7.4.1"),
        (1007, "Invalid frame payload data", True, "not UTF-8", "RFC 6455 §7.4.1"),
        (1008, "Policy Violation", True, "against our policy", "RFC 6455 §7.4.1"),
        (1009, "Message Too Big", True, "too long for us", "RFC 6455 §7.4.1"),
        (1010, "Mandatory Ext.", True, "extension was needed", "RFC 6455 §7.4.1"),
        (1011, "Internal Error", True, "the server failed", "RFC 6455 §7.4.1, IANA"),
        (1012, "Service Restart", True, "come back later", "IANA"),
        (1013, "Try Again Later", True, "overloaded: come back later", "IANA"),
        (1014, "Bad Gateway", True, "the server behind it failed", "IANA"),
        (1015, "TLS handshake", False, "TLS failed", "RFC 6455 §7.4.1"),
    )
}
# RFC 6455 §7.4.2: 3000 to 3999 are registered by libraries and frameworks, 4000 to
# 4999 belong to the two applications; below them only what the table lets travel.
APPLICATION_CODES = range(3000, 5000)


@dataclass(frozen=True, slots=True)
class CloseReason:
    """What a close frame says. Without a code the application is told 1005."""

    code: int = 1005
    reason: str = ""


def may_travel(code: int) -> bool:
    """Whether a close frame may carry `code`.

    Source: RFC 6455 §7.4.1 and §7.4.2. Taught in 22-ping-close-reconnect.

    >>> [may_travel(code) for code in (1000, 1005, 1006, 2999, 4000)]
    [True, False, False, False, True]
    """
    known = CLOSE_CODES.get(code)
    return known.may_travel if known else code in APPLICATION_CODES


def parse_close(payload: bytes) -> CloseReason:
    r"""What the payload of a close frame says.

    Args:
        payload: Whole and unmasked; empty when no code was given.

    Raises:
        FrameError: 1002 for half a code or one that may not travel, 1007 for a
            reason that is not UTF-8. Answer with that code.

    Source: RFC 6455 §5.5.1, §7.1.5 and §7.1.6. Taught in 22-ping-close-reconnect.

    >>> parse_close(b"\x03\xe8bye")
    CloseReason(code=1000, reason='bye')
    """
    if not payload:
        return CloseReason()
    code = int.from_bytes(payload[:2])
    if len(payload) == 1 or not may_travel(code):
        raise FrameError(1002, "This close code may not travel.")
    try:
        return CloseReason(code, payload[2:].decode())
    except UnicodeDecodeError:
        raise FrameError(1007, "The reason is not UTF-8.") from None


def serialise_close(close: CloseReason) -> bytes:
    r"""The payload of a close frame; empty for the code 1005.

    Raises:
        ValueError: A code that may not travel, a reason without a code, or one of
            more than 123 bytes: choose another code, or a shorter reason.

    Source: RFC 6455 §5.5.1. Taught in 22-ping-close-reconnect.

    >>> serialise_close(CloseReason(1000, "bye"))
    b'\x03\xe8bye'
    """
    reason = close.reason.encode()
    if close.code == 1005 and not reason:
        return b""
    if not may_travel(close.code):
        raise ValueError(f"the close code {close.code} may not travel")
    if len(reason) > MAX_REASON_BYTES:
        raise ValueError(f"a reason of {len(reason)} bytes; 123 are possible")
    return close.code.to_bytes(2) + reason
