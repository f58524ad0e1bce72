"""The book's servers and clients from the command line: `python -m servers NAME`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import AbstractAsyncContextManager, suppress

from servers.live import keep_alive_server
from servers.live.sse_client import SourceClosed, subscribing
from servers.live.sse_server import streaming
from servers.live.ticker import ticking
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

# A program that stands on aiohttp or python-socketio imports them when it is started:
# loading them takes most of a second, and the others need neither.


async def keep_alive(port: int) -> None:
    """An HTTP server that says on which connection you came, until Ctrl-C."""
    async with keep_alive_server.serving(port=port) as server:
        print(f"keep-alive listens on {server.url()}", flush=True)
        await asyncio.Event().wait()


async def socketio_rooms(port: int, broker: str | None) -> None:
    """A Socket.IO server with rooms to join, until Ctrl-C."""
    import socketio

    from servers.live import socketio_server

    # A missing broker is reported by the manager, which goes on trying.
    links = {"client_manager": socketio.AsyncRedisManager(broker)} if broker else {}
    rooms = socketio_server.rooms_server(**links)
    async with socketio_server.serving(rooms, port=port) as server:
        url = server.url(scheme="http")
        print(f"socketio-rooms listens on {url}", flush=True)
        await asyncio.Event().wait()


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


async def ticker(port: int) -> None:
    """A price over HTTP: polling, conditional and long, until Ctrl-C."""
    from servers.live import polling_server

    async with (
        ticking(mean_s=1.0) as prices,
        polling_server.serving(prices, port=port) as server,
    ):
        print(f"ticker listens on {server.url('/price', 'http')}", flush=True)
        await asyncio.Event().wait()


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
            # Or the suite could not ask for it (RFC 7692 §7.1.1.2).
            deflate=DeflateParameters(client_no_context_takeover=True),
            limits=WIDE,
            receive_deadline_s=None,
        )

    await run_cases(connect)


SERVERS = {
    "keep-alive": keep_alive,
    "socketio-rooms": socketio_rooms,
    "sse-counter": sse_counter,
    "ticker": ticker,
    "ws-echo": ws_echo,
}
CLIENTS = {
    "sse-client": (sse_client, "http://host:port/target"),
    "ws-echo-client": (ws_echo_client, "ws://host:port/target"),
}
SUITES = {"ws-autobahn-client": ws_autobahn_client}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m servers", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    programs = {}
    for name, run in SERVERS.items():
        programs[name] = names.add_parser(name, help=run.__doc__)
        programs[name].add_argument(
            "--port", type=int, default=0, help="0 takes a free one"
        )
    counter = programs["sse-counter"]
    counter.add_argument("--every", type=float, default=0.2, help="seconds")
    counter.add_argument("--keep", type=int, default=MAX_EVENTS, help="events")
    programs["socketio-rooms"].add_argument(
        "--broker", help="valkey://host:port (or redis://) of what links several"
    )
    programs["ws-echo"].add_argument(
        "--deflate", action="store_true", help="compress every message"
    )
    for name, (run, address) in CLIENTS.items():
        names.add_parser(name, help=run.__doc__).add_argument("url", help=address)
    for name, run in SUITES.items():
        suite = names.add_parser(name, help=run.__doc__)
        suite.add_argument("port", type=int, help=f"of the suite, on {HOST}")
    options = vars(parser.parse_args(arguments))
    name = options.pop("name")
    clients = {client: run for client, (run, _) in CLIENTS.items()}
    program = (SERVERS | clients | SUITES)[name]
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(program(**options))
        except (OSError, ValueError, HandshakeError, SourceClosed) as error:
            parser.exit(1, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
