"""What stands in for a broker or a balancer that has no wheel for this system.

Each is a pip package too, and does what chapter 13 asks of the real one; it is not the
real one. Started by `servers.live.brokers`, which says so in a sentence.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from servers.live.processes import START_S, Child, running_program
from servers.network.faults import HandOn
from servers.network.listening import HOST, HasPort, listening
from servers.network.relay import Relay
from servers.network.trace import Sender


def fake_redis() -> AbstractAsyncContextManager[Child]:
    """`fakeredis`: a Redis in Python. Its Pub/Sub works; INFO and scripts do not."""
    return running_program(_this_file("redis"), "fakeredis", "redis")


def mock_kafka() -> AbstractAsyncContextManager[Child]:
    """The mock broker in `confluent-kafka`: made for the tests of Kafka's C client.

    Not handled here: a log that outlives the broker, and all but one broker.
    """
    return running_program(_this_file("kafka"), "Kafka's mock", "kafka")


@asynccontextmanager
async def caddy(servers: Iterable[HasPort], *, sticky: bool) -> AsyncIterator[Child]:
    """Caddy before these servers; it takes them in turn, or by a cookie.

    Source: Caddy, reverse_proxy, "Load balancing".
    """
    binary = Path(sys.executable).with_name("caddy")
    upstreams = " ".join(f"{HOST}:{server.port}" for server in servers)
    policy = "cookie server" if sticky else "round_robin"
    with tempfile.TemporaryDirectory(prefix="caddy-") as folder:
        path, environment = Path(folder, "Caddyfile"), Path(folder, "environment")

        def command(port: int) -> list[str]:
            site = {"host": HOST, "port": port, "upstreams": upstreams}
            path.write_text(_CADDYFILE.format(policy=policy, **site))
            # Otherwise it keeps a file in the reader's home.
            environment.write_text(f"XDG_DATA_HOME={folder}")
            files = ["--config", str(path), "--envfile", str(environment)]
            return [str(binary), "run", "--adapter", "caddyfile", *files]

        async with running_program(command, "Caddy") as child:
            yield child


# No grace: it would wait for the WebSockets that are still open.
_CADDYFILE = """
{{
    admin off
    auto_https off
    persist_config off
    grace_period 1ms
}}
http://:{port} {{
    bind {host}
    reverse_proxy {upstreams} {{
        lb_policy {policy}
    }}
}}
"""


def _this_file(name: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, "-m", __name__, name, str(port)]


def _serve_redis(port: int) -> None:
    from fakeredis import TcpFakeServer

    server = TcpFakeServer((HOST, port))

    class Unblocked(server.RequestHandlerClass):
        # On Windows fakeredis would wait for the subscriber to speak before it hands
        # on what was published.
        def setup(self) -> None:
            self.request.setblocking(False)
            super().setup()

    server.RequestHandlerClass = Unblocked
    server.serve_forever()


async def _serve_kafka(port: int) -> None:
    from confluent_kafka import Producer

    mock = Producer({"test.mock.num.brokers": 1})
    (broker,) = mock.list_topics(timeout=START_S).brokers.values()

    def unchanged(_: Sender, hand_on: HandOn) -> HandOn:
        return hand_on

    # It chooses its port itself. Clients ask here first, and are told that port.
    async def ask(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Relay(writer.transport, unchanged, is_unbounded=False).run(broker.port)

    async with listening(ask, port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    name, port = sys.argv[1], int(sys.argv[2])
    if name == "redis":
        _serve_redis(port)
    else:
        asyncio.run(_serve_kafka(port))
