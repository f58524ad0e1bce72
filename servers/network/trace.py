"""A trace: who sent which bytes when. Plain data, the same for every library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Literal

Sender = Literal["client", "server"]
Event = Literal["data", "fin", "reset"]


@dataclass(frozen=True, slots=True)
class Segment:
    """What one end of one connection did at one moment.

    Args:
        time_ms: Milliseconds since the trace began.
        connection: 1, 2, 3 … in the order in which connections were opened.
        sender: The end that acted: "client" opened the connection, "server" took it.
        data: The bytes as they were read: part of a message, or several of them.
        event: "data"; "fin" when the end said that it sends nothing more; "reset"
            when it tore the connection down.
    """

    time_ms: float
    connection: int
    sender: Sender
    data: bytes = b""
    event: Event = "data"


@dataclass
class Trace:
    """Everything that passed, in the order in which it passed.

    Args:
        segments: What was recorded so far.
        clock: "measured" when the times are this machine's and differ from run to
            run, "virtual" when a simulated clock gave them and they repeat.

    >>> trace = Trace()
    >>> trace.record(Segment(0.0, 1, "client", b"GET / HT"))
    >>> trace.record(Segment(0.2, 1, "client", b"TP/1.1"))
    >>> trace.stream(1, "client")
    b'GET / HTTP/1.1'
    """

    segments: list[Segment] = field(default_factory=list)
    clock: Literal["measured", "virtual"] = "measured"

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def record(self, segment: Segment) -> None:
        self.segments.append(segment)

    def stream(self, connection: int, sender: Sender) -> bytes:
        """All bytes that `sender` sent on `connection`, without segment borders."""
        return b"".join(
            s.data
            for s in self.segments
            if s.connection == connection and s.sender == sender
        )

    def to_json(self) -> str:
        """The trace as JSON text; the bytes are written in hex."""
        rows = [asdict(s) | {"data": s.data.hex()} for s in self.segments]
        return json.dumps({"clock": self.clock, "segments": rows}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote.

        Raises:
            ValueError: The text is not such a trace; the message says what is missing.
        """
        try:
            saved = json.loads(text)
            rows = [
                Segment(**row | {"data": bytes.fromhex(row["data"])})
                for row in saved["segments"]
            ]
            return cls(rows, saved["clock"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a saved trace: {error}") from error
