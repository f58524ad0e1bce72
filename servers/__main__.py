"""The book's servers and clients from the command line: `python -m servers NAME`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import AbstractAsyncContextManager, suppress

from servers.live.sse_client import SourceClosed, subscribing
from servers.live.sse_server import streaming
from servers.live.ws_autobahn import run_cases
from servers.live.ws_client import connecting
from servers.live.ws_connection import Connection
from servers.live.ws_server import echo, serving
from servers.network.listening import HOST
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.event_log import MAX_EVENTS
from servers.wire.http_head import HandshakeError
from servers.wire.websocket import Limits

# Conformance suites send messages of 16 MiB, and 4 MiB in frames of 64 bytes.
WIDE = Limits(message_bytes=16 * 1024 * 1024, fragments=2**17)
HEARTBEAT_S = 60.0


async def sse_client(url: str) -> None:
    """An EventSource: each event is one line of JSON, until the server ends it."""
    sys.stdout.reconfigure(encoding="utf-8")
    async with subscribing(url, receive_deadline_s=None) as source:
        async for event in source:
            line = {"type": event.type, "data": event.data, "id": event.last_event_id}
            print(json.dumps(line, ensure_ascii=False), flush=True)


async def sse_counter(port: int, every: float, keep: int) -> None:
    """An event stream that counts, until Ctrl-C: at / and at /events."""
    counting = streaming(
        paths=("/", "/events"), keep=keep, from_beginning=True, port=port
    )
    async with counting as server:
        print(f"sse-counter listens on {server.url()}", flush=True)
        while True:
            server.send(str(server.log.last_id + 1))
            await asyncio.sleep(every)


async def ws_echo(port: int, deflate: bool) -> None:
    """A WebSocket server that sends every message back, until Ctrl-C."""
    wanted = DeflateParameters() if deflate else None
    serving_echo = serving(
        port=port, deflate=wanted, limits=WIDE, heartbeat_s=HEARTBEAT_S
    )
    async with serving_echo as server:
        print(f"ws-echo listens on {server.url()}", flush=True)
        await asyncio.Event().wait()


async def ws_echo_client(url: str) -> None:
    """A client that sends every message back until the connection ends."""
    async with connecting(url, receive_deadline_s=None, limits=WIDE) as connection:
        await echo(connection)


async def ws_autobahn_client(port: int) -> None:
    """A client that goes through the cases of an Autobahn server, with compression."""

    def connect(target: str) -> AbstractAsyncContextManager[Connection]:
        return connecting(
            f"ws://{HOST}:{port}{target}",
            deflate=DeflateParameters(),
            limits=WIDE,
            receive_deadline_s=None,
        )

    await run_cases(connect)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m servers", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    source = names.add_parser("sse-client", help=sse_client.__doc__)
    source.add_argument("url", help="http://host:port/target")
    counter = names.add_parser("sse-counter", help=sse_counter.__doc__)
    counter.add_argument("--port", type=int, default=0, help="0 takes a free one")
    counter.add_argument("--every", type=float, default=0.2, help="seconds")
    counter.add_argument("--keep", type=int, default=MAX_EVENTS, help="events")
    autobahn = names.add_parser("ws-autobahn-client", help=ws_autobahn_client.__doc__)
    autobahn.add_argument("port", type=int, help=f"of the suite, on {HOST}")
    server = names.add_parser("ws-echo", help=ws_echo.__doc__)
    server.add_argument("--port", type=int, default=0, help="0 takes a free one")
    server.add_argument("--deflate", action="store_true", help="compress every message")
    client = names.add_parser("ws-echo-client", help=ws_echo_client.__doc__)
    client.add_argument("url", help="ws://host:port/target")
    options = vars(parser.parse_args(arguments))
    program = {
        "sse-client": sse_client,
        "sse-counter": sse_counter,
        "ws-autobahn-client": ws_autobahn_client,
        "ws-echo": ws_echo,
        "ws-echo-client": ws_echo_client,
    }
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(program[options.pop("name")](**options))
        except (OSError, ValueError, HandshakeError, SourceClosed) as error:
            parser.exit(1, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
