"""The states of a WebSocket, and what leads from one to the next.

No socket, no asyncio, no clock: a table. The book draws its diagram from it.
"""

from __future__ import annotations

# What each state waits for. How long is the owner's business: it has the clock.
STATES = {
    "connecting": "the other end's half of the handshake",
    "open": "messages",
    "finishing": "the application, which may answer what came before the last word",
    "closing": "the other end's close, after our own",
    "ending": "the end of the stream",
    "closed": "nothing",
}

# (state, what happened) → state afterwards. What is not here cannot happen.
NEXT_STATE = {
    ("connecting", "101"): "open",
    ("connecting", "refused"): "ending",
    ("connecting", "wrong answer"): "closed",
    ("connecting", "stream ended"): "closed",
    ("open", "close sent"): "closing",
    ("open", "close received"): "finishing",
    ("open", "rule broken"): "finishing",
    ("open", "no sign of life"): "closed",
    ("open", "stream ended"): "closed",
    ("finishing", "caught up"): "ending",
    ("finishing", "stream ended"): "closed",
    ("closing", "close received"): "ending",
    ("closing", "rule broken"): "ending",
    ("closing", "time is up"): "closed",
    ("closing", "stream ended"): "closed",
    ("ending", "too much unread"): "closed",
    ("ending", "time is up"): "closed",
    ("ending", "stream ended"): "closed",
    ("closed", "stream ended"): "closed",
}


def next_state(state: str, event: str) -> str:
    """The state after `event`.

    Raises:
        ValueError: This cannot happen in that state; the caller has a fault.

    Source: RFC 6455 §4, §7.1.2 to §7.1.4, §7.1.7; RFC 9112 §9.6 (unread bytes).
    Taught in 22-ping-close-reconnect.

    >>> next_state("open", "close received")
    'finishing'
    """
    try:
        return NEXT_STATE[state, event]
    except KeyError:
        raise ValueError(f"{event!r} cannot happen while {state}") from None
