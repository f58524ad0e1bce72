"""The book's servers and clients from the command line: `python -m servers NAME`."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager, suppress

from servers.live.ws_autobahn import run_cases
from servers.live.ws_client import connecting
from servers.live.ws_connection import Connection
from servers.live.ws_server import echo, serving
from servers.network.listening import HOST
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.http_head import HandshakeError
from servers.wire.websocket import Limits

# Conformance suites send messages of 16 MiB, and 4 MiB in frames of 64 bytes.
WIDE = Limits(message_bytes=16 * 1024 * 1024, fragments=2**17)
HEARTBEAT_S = 60.0


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
    autobahn = names.add_parser("ws-autobahn-client", help=ws_autobahn_client.__doc__)
    autobahn.add_argument("port", type=int, help=f"of the suite, on {HOST}")
    server = names.add_parser("ws-echo", help=ws_echo.__doc__)
    server.add_argument("--port", type=int, default=0, help="0 takes a free one")
    server.add_argument("--deflate", action="store_true", help="compress every message")
    client = names.add_parser("ws-echo-client", help=ws_echo_client.__doc__)
    client.add_argument("url", help="ws://host:port/target")
    options = vars(parser.parse_args(arguments))
    program = {
        "ws-autobahn-client": ws_autobahn_client,
        "ws-echo": ws_echo,
        "ws-echo-client": ws_echo_client,
    }
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(program[options.pop("name")](**options))
        except (OSError, ValueError, HandshakeError) as error:
            parser.exit(1, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
