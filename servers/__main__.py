"""The book's servers and clients from the command line: `python -m servers NAME`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress

from servers.live.sse_client import SourceClosed, subscribing
from servers.live.sse_server import streaming
from servers.live.ws_client import connecting
from servers.live.ws_server import echo, serving
from servers.wire.http_head import HandshakeError


async def sse_client(url: str) -> None:
    """An EventSource: each event is one line of JSON, until the server ends it."""
    sys.stdout.reconfigure(encoding="utf-8")
    async with subscribing(url, receive_deadline_s=None) as source:
        async for event in source:
            line = {"type": event.type, "data": event.data, "id": event.last_event_id}
            print(json.dumps(line, ensure_ascii=False), flush=True)


async def sse_counter(port: int, every: float) -> None:
    """An event stream that counts, until Ctrl-C: at / and at /events."""
    paths = ("/", "/events")
    async with streaming(paths=paths, from_beginning=True, port=port) as server:
        print(f"sse-counter listens on {server.url()}", flush=True)
        while True:
            server.send(str(server.log.last_id + 1))
            await asyncio.sleep(every)


async def ws_echo(port: int) -> None:
    """A WebSocket server that sends every message back, until Ctrl-C."""
    async with serving(port=port) as server:
        print(f"ws-echo listens on {server.url()}", flush=True)
        await asyncio.Event().wait()


async def ws_echo_client(url: str) -> None:
    """A client that sends every message back until the connection ends."""
    async with connecting(url, receive_deadline_s=None) as connection:
        await echo(connection)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m servers", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    source = names.add_parser("sse-client", help=sse_client.__doc__)
    source.add_argument("url", help="http://host:port/target")
    counter = names.add_parser("sse-counter", help=sse_counter.__doc__)
    counter.add_argument("--port", type=int, default=0, help="0 takes a free one")
    counter.add_argument("--every", type=float, default=0.2, help="seconds")
    server = names.add_parser("ws-echo", help=ws_echo.__doc__)
    server.add_argument("--port", type=int, default=0, help="0 takes a free one")
    client = names.add_parser("ws-echo-client", help=ws_echo_client.__doc__)
    client.add_argument("url", help="ws://host:port/target")
    options = vars(parser.parse_args(arguments))
    program = {
        "sse-client": sse_client,
        "sse-counter": sse_counter,
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
