"""The WebSocket opening handshake: what a client asks, what a server answers.

No socket, no asyncio, no clock: values in, values out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from servers.wire.http_head import (
    REASONS,
    HandshakeError,
    Request,
    Response,
    refuse,
)

# RFC 6455 §1.3: chosen because nobody who does not know WebSocket would append it.
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
VERSION = "13"

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf'\s*;\s*({_TOKEN})(?:\s*=\s*(?:({_TOKEN})|"({_TOKEN})"))?')
_EXTENSION = re.compile(rf"\s*({_TOKEN})")


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension with its parameters, offered by a client or chosen by a server.

    A parameter without a value is (name, None).
    """

    name: str
    parameters: tuple[tuple[str, str | None], ...] = ()


def make_key(nonce: bytes) -> str:
    """The Sec-WebSocket-Key that stands for 16 random bytes.

    Source: RFC 6455 §4.1, item 7. Taught in 20-handshake.

    >>> make_key(b"the sample nonce")
    'dGhlIHNhbXBsZSBub25jZQ=='
    """
    if len(nonce) != 16:
        raise ValueError(f"a nonce has 16 bytes, not {len(nonce)}")
    return base64.b64encode(nonce).decode()


def accept_key(key: str) -> str:
    """The Sec-WebSocket-Accept that proves a server has read `key`.

    Source: RFC 6455 §4.2.2, item 5.4. Taught in 20-handshake.

    >>> accept_key("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    digest = hashlib.sha1((key + GUID).encode("latin-1")).digest()
    return base64.b64encode(digest).decode()


def parse_extensions(value: str) -> list[Extension]:
    """The extensions that a Sec-WebSocket-Extensions line lists, in order.

    Raises:
        HandshakeError: 400, the line does not follow the grammar.

    Source: RFC 6455 §9.1.

    >>> parse_extensions("permessage-deflate; server_max_window_bits=10")
    [Extension(name='permessage-deflate', parameters=(('server_max_window_bits', '10'),))]
    """  # noqa: E501 - the value is clearer in one line
    extensions, position = [], 0
    while position < len(value):
        name = _EXTENSION.match(value, position)
        if not name:
            raise HandshakeError(400, "Sec-WebSocket-Extensions cannot be read.")
        position, parameters = name.end(), []
        while match := _PARAMETER.match(value, position):
            parameters.append((match[1], match[2] or match[3]))
            position = match.end()
        extensions.append(Extension(name[1], tuple(parameters)))
        comma = re.compile(r"\s*(?:,|$)").match(value, position)
        if not comma:
            raise HandshakeError(400, "Sec-WebSocket-Extensions cannot be read.")
        position = comma.end()
    return extensions


def extensions_of(head: Request | Response) -> list[Extension]:
    """What all Sec-WebSocket-Extensions lines of a head list, in order.

    Raises:
        HandshakeError: As `parse_extensions`.

    Source: RFC 6455 §9.1 (several lines are one list).
    """
    return parse_extensions(", ".join(head.all("Sec-WebSocket-Extensions")))


def serialise_extensions(extensions: Sequence[Extension]) -> str:
    """The value of a Sec-WebSocket-Extensions line.

    >>> serialise_extensions([Extension("a", (("b", None), ("c", "1")))])
    'a; b; c=1'
    """
    return ", ".join(
        "; ".join([e.name, *(n if v is None else f"{n}={v}" for n, v in e.parameters)])
        for e in extensions
    )


def build_request(
    host: str,
    target: str = "/",
    *,
    key: str,
    subprotocols: Sequence[str] = (),
    extensions: Sequence[Extension] = (),
    origin: str | None = None,
) -> Request:
    """The request with which a client opens a WebSocket.

    Args:
        host: What the Host header says: a name, and ":port" unless it is 80.
        key: From `make_key`, new for every connection.
        subprotocols: What the client can speak, the one it likes best first.
        origin: The page that opened the connection; only browsers must send it.

    Source: RFC 6455 §4.1.
    """
    headers = [
        ("Host", host),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", VERSION),
    ]
    if origin is not None:
        headers.append(("Origin", origin))
    if subprotocols:
        headers.append(("Sec-WebSocket-Protocol", ", ".join(subprotocols)))
    if extensions:
        headers.append(("Sec-WebSocket-Extensions", serialise_extensions(extensions)))
    return Request(tuple(headers), "GET", target)


def decline(offers: list[Extension]) -> list[Extension]:
    """No extension: an offer that the answer does not repeat is declined."""
    return []


def answer(
    request: Request,
    *,
    subprotocols: Sequence[str] = (),
    origins: Sequence[str] | None = None,
    accept_extensions: Callable[[list[Extension]], list[Extension]] = decline,
) -> Response:
    """What a server answers: the 101, or the refusal that says what was wrong.

    Args:
        subprotocols: What the server can speak; the client's favourite among them
            is chosen, and none of them is no reason to refuse.
        origins: The pages that may connect; None lets every page in. A request
            without Origin comes from no page and is let in.
        accept_extensions: Given the offers, the extensions to use.

    Source: RFC 6455 §4.2.1, §4.2.2 and §4.4; RFC 9110 §15.5.6 and §15.5.22.
    Not handled here: authentication, redirects. Taught in 20-handshake.
    """
    try:
        key = check_request(request)
        check_origin(request, origins)
        offers = extensions_of(request)
        chosen = choose_subprotocol(request, subprotocols)
    except HandshakeError as error:
        return refuse(error)
    headers = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(key)),
    ]
    if chosen:
        headers.append(("Sec-WebSocket-Protocol", chosen))
    if accepted := accept_extensions(offers):
        headers.append(("Sec-WebSocket-Extensions", serialise_extensions(accepted)))
    return Response(tuple(headers), 101, REASONS[101])


def check_request(request: Request) -> str:
    """The key of a request that asks for a WebSocket as the standard wants it.

    Raises:
        HandshakeError: 405, 426 or 400, with the rule that was broken.

    Source: RFC 6455 §4.2.1.
    """
    if request.method != "GET":
        raise HandshakeError(
            405,
            f"A WebSocket opens with GET, not {request.method}.",
            (("Allow", "GET"),),
        )
    if not _asks_for_upgrade(request):
        raise HandshakeError(
            426,
            "This is a WebSocket server: send Upgrade: websocket "
            "and Connection: Upgrade.",
            (("Upgrade", "websocket"),),
        )
    version = request.one("Sec-WebSocket-Version")
    if version is None:
        raise HandshakeError(400, "Sec-WebSocket-Version is missing.")
    if version != VERSION:
        raise HandshakeError(
            426,
            f"This server speaks version {VERSION}, not {version}.",
            (("Sec-WebSocket-Version", VERSION), ("Upgrade", "websocket")),
        )
    key = request.one("Sec-WebSocket-Key")
    if key is None:
        raise HandshakeError(400, "Sec-WebSocket-Key is missing.")
    if not _is_key(key):
        raise HandshakeError(400, "Sec-WebSocket-Key is not 16 bytes in Base64.")
    return key


def check_origin(request: Request, origins: Sequence[str] | None) -> None:
    """Nothing, when the page that asks may connect.

    Raises:
        HandshakeError: 403, the page is not on the list.

    Source: RFC 6455 §10.2.
    """
    origin = request.one("Origin")
    if origins is not None and origin is not None and origin not in origins:
        raise HandshakeError(403, f"Pages from {origin} may not connect here.")


def choose_subprotocol(request: Request, subprotocols: Sequence[str]) -> str | None:
    """The first of the client's subprotocols that the server speaks; None without.

    Raises:
        HandshakeError: 400, an offer that is no token or stands there twice.

    Source: RFC 6455 §4.1, item 10, and §4.2.2, item 5.5.
    """
    offers = request.tokens("Sec-WebSocket-Protocol")
    if len(set(offers)) < len(offers) or not all(
        re.fullmatch(_TOKEN, offer) for offer in offers
    ):
        raise HandshakeError(400, "Sec-WebSocket-Protocol is no list of unique names.")
    return next((offer for offer in offers if offer in subprotocols), None)


def check_answer(request: Request, response: Response) -> None:
    """Nothing, when the answer makes a WebSocket out of the connection.

    Args:
        request: What this client asked with.
        response: What came back.

    Raises:
        HandshakeError: status 0, with the rule that was broken; where the answer was
            a refusal, with its status and its own sentence. Close the connection.

    Source: RFC 6455 §4.1, the client's list after the request.
    """
    if response.status != 101:
        said = response.body.decode("utf-8", "replace").strip()
        raise HandshakeError(
            response.status,
            f"The server answered {response.status} {response.reason}. {said}".strip(),
        )
    if not _asks_for_upgrade(response):
        raise HandshakeError(0, "The 101 does not switch to WebSocket.")
    expected = accept_key(request.one("Sec-WebSocket-Key") or "")
    if response.one("Sec-WebSocket-Accept") != expected:
        raise HandshakeError(
            0,
            "Sec-WebSocket-Accept does not fit: it was not made from this key.",
        )
    chosen = response.one("Sec-WebSocket-Protocol")
    if chosen is not None and chosen not in request.tokens("Sec-WebSocket-Protocol"):
        raise HandshakeError(0, f"The server chose {chosen}, which was not offered.")
    offered = {e.name for e in extensions_of(request)}
    for extension in extensions_of(response):
        if extension.name not in offered:
            raise HandshakeError(
                0, f"The server uses {extension.name}, which was not offered."
            )


def _asks_for_upgrade(head: Request | Response) -> bool:
    return "websocket" in _lower(head.tokens("Upgrade")) and "upgrade" in _lower(
        head.tokens("Connection")
    )


def _lower(words: list[str]) -> list[str]:
    return [word.lower() for word in words]


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key.encode("latin-1"), validate=True)) == 16
    except binascii.Error:
        return False
