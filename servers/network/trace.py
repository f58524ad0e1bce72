"""A trace: who sent which bytes when. Plain data, the same for every library."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, NamedTuple

from servers.network.redaction import redact

log = logging.getLogger(__name__)

Sender = Literal["client", "server"]
Event = Literal["data", "fin", "reset"]


class Segment(NamedTuple):
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
    # How much a tap writes into one trace; None: as much as the machine can hold.
    most_bytes: ClassVar[int | None] = None

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def record(self, segment: Segment) -> None:
        self.segments.append(segment)

    def writer(self) -> Callable[[Segment], None]:
        """What a tap calls for everything that passes: no detours without a bound.

        With one, the beginning stays, so that every stream in it can be read; what
        comes after is not written down, and a log line says so.
        """
        most = self.most_bytes
        if most is None:
            return self.segments.append
        held = sum(len(segment.data) for segment in self.segments)

        def write(segment: Segment) -> None:
            nonlocal held
            was, held = held, held + len(segment.data)
            if held <= most:
                self.segments.append(segment)
            elif was <= most:
                log.warning(
                    "The trace holds %.0f MB; the rest is left out.", most / 1e6
                )

        return write

    def stream(self, connection: int, sender: Sender) -> bytes:
        """All bytes that `sender` sent on `connection`, without segment borders."""
        return b"".join(
            s.data
            for s in self.segments
            if s.connection == connection and s.sender == sender
        )

    def __getitem__(self, chosen: slice) -> Trace:
        """Some of the segments, by their place: `trace[:10]` are the first ten."""
        if not isinstance(chosen, slice):
            raise TypeError("trace[a:b] is a part; one segment is trace.segments[a]")
        return replace(self, segments=self.segments[chosen])

    def filter(
        self,
        *,
        connection: int | None = None,
        sender: Sender | None = None,
        event: Event | None = None,
    ) -> Trace:
        """The segments that agree with everything that is given.

        >>> trace = Trace([Segment(0, 1, "client", b"a"), Segment(1, 2, "client")])
        >>> len(trace), len(trace.filter(connection=2))
        (2, 1)
        """
        wanted = (connection, sender, event)
        return replace(
            self,
            segments=[
                s
                for s in self.segments
                if all(
                    want in (None, has)
                    for want, has in zip(
                        wanted, (s.connection, s.sender, s.event), strict=True
                    )
                )
            ],
        )

    def between(self, begin_ms: float, end_ms: float) -> Trace:
        """The segments from `begin_ms` on and before `end_ms`.

        >>> trace = Trace([Segment(t, 1, "client", b".") for t in (0, 10, 20)])
        >>> len(trace.between(5, 20))
        1
        """
        chosen = [s for s in self.segments if begin_ms <= s.time_ms < end_ms]
        return replace(self, segments=chosen)

    def streams(self) -> dict[tuple[int, Sender], bytes]:
        """For each connection and sender, all its bytes."""
        joined: dict[tuple[int, Sender], list[bytes]] = {}
        for s in self.segments:
            joined.setdefault((s.connection, s.sender), []).append(s.data)
        return {key: b"".join(pieces) for key, pieces in joined.items()}

    def difference(self, other: Trace) -> str | None:
        """Where the streams first differ, in one line; None: the same bytes.

        Times and segment borders are not compared: they differ between networks.
        For those, too, ask `trace == other`.

        >>> ours = Trace([Segment(0, 1, "client", b"cat")])
        >>> ours.difference(Trace([Segment(9, 1, "client", b"car")]))
        "connection 1, client, byte 2: b't' and b'r'"
        """
        ours, theirs = self.streams(), other.streams()
        for connection, sender in sorted(ours.keys() | theirs.keys()):
            a = ours.get((connection, sender), b"")
            b = theirs.get((connection, sender), b"")
            if a != b:
                pairs = enumerate(zip(a, b, strict=False))
                at = next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))
                seen = f"{a[at : at + 16]!r} and {b[at : at + 16]!r}"
                return f"connection {connection}, {sender}, byte {at}: {seen}"
        return None

    def redacted(self) -> Trace:
        """The trace without cookies, tokens and passwords; every length stays.

        >>> secret = Trace([Segment(0, 1, "client", b"Cookie: a"),
        ...                 Segment(1, 1, "client", b"bc")])
        >>> [s.data for s in secret.redacted()]
        [b'Cookie: *', b'**']
        """
        clean = {key: redact(stream) for key, stream in self.streams().items()}
        passed = dict.fromkeys(clean, 0)
        segments = []
        for s in self.segments:
            key = (s.connection, s.sender)
            begin = passed[key]
            passed[key] = end = begin + len(s.data)
            segments.append(s._replace(data=clean[key][begin:end]))
        return replace(self, segments=segments)

    def to_json(self) -> str:
        """The trace as JSON text, redacted; the bytes are written in hex."""
        rows = [s._asdict() | {"data": s.data.hex()} for s in self.redacted()]
        return json.dumps({"clock": self.clock, "segments": rows}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote, with its secrets redacted.

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
