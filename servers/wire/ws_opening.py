"""The opening of a WebSocket at either end: bytes in, an agreement or a refusal out.

No socket, no asyncio, no clock: bytes and values only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from servers.wire.deflate_offer import (
    DeflateParameters,
    accept_offer,
    check_acceptance,
)
from servers.wire.handshake import (
    Extension,
    check_answer,
    extensions_of,
    serialise_extensions,
)
from servers.wire.handshake import answer as standard_answer
from servers.wire.http_body import BodyReader, join_data, measure_body
from servers.wire.http_head import (
    MAX_HEAD_BYTES,
    HandshakeError,
    HeadReader,
    Request,
    Response,
    parse_request,
    parse_response,
    refuse,
)

MAX_REFUSAL_BYTES = 64 * 1024


class ServerOpening:
    r"""The server's half: it reads a request and knows what to answer.

    Args:
        answer: What the server says to a request.
        deflate: What the server wants of permessage-deflate; None: it declines it.
        max_head_bytes: Refuse longer heads.

    After `feed` has given a 101, `request` holds what was asked, `agreed` what both
    ends know about permessage-deflate, and `rest` the bytes that came behind the head.

    Source: RFC 6455 §4.2; RFC 7692 §5. Taught in 23-server-from-scratch.

    >>> ServerOpening().feed(b"GET / HTTP/1.1\r\n\r\n").status
    400
    """

    def __init__(
        self,
        answer: Callable[[Request], Response] = standard_answer,
        deflate: DeflateParameters | None = None,
        max_head_bytes: int = MAX_HEAD_BYTES,
    ) -> None:
        self.request: Request | None = None
        self.agreed: DeflateParameters | None = None
        self.rest = b""
        self._answer = answer
        self._deflate = deflate
        self._reader = HeadReader(max_head_bytes)

    def feed(self, data: bytes) -> Response | None:
        """The answer, once the request is whole."""
        try:
            head = self._reader.feed(data)
            if head is None:
                return None
            self.request = parse_request(head)
            self.rest = self._reader.rest
            response = self._answer(self.request)
        except HandshakeError as error:
            return refuse(error)
        return self._compress(response) if response.status == 101 else response

    def give_up(self, waited_s: float) -> Response:
        """The answer to a request that did not become whole."""
        late = f"No whole request within {waited_s:g} seconds."
        return refuse(HandshakeError(408, late))

    def _compress(self, response: Response) -> Response:
        assert self.request is not None
        offers = extensions_of(self.request)
        found = accept_offer(offers, self._deflate) if self._deflate else None
        if found is None:
            return response
        extension, self.agreed = found
        line = ("Sec-WebSocket-Extensions", serialise_extensions([extension]))
        return replace(response, headers=(*response.headers, line))


class ClientOpening:
    """The client's half: it sends a request and judges the answer.

    Args:
        request: From `build_request`.
        offer: The permessage-deflate that stands in it, from `make_offer`; None: the
            client does not compress.

    Source: RFC 6455 §4.1; RFC 7692 §7.1. Taught in 23-server-from-scratch.
    Not handled here: redirects, authentication.
    """

    def __init__(self, request: Request, offer: Extension | None = None) -> None:
        self.agreed: DeflateParameters | None = None
        self.rest = b""
        self.request = request
        self._offer = offer
        self._reader = HeadReader()
        self.refusal: Response | None = None
        self._body: BodyReader | None = None
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> Response | None:
        """The 101, once it is whole.

        Raises:
            HandshakeError: The answer makes no WebSocket; the sentence says why, and
                what a server that refused had to say.
        """
        if self._body is None:
            head = self._reader.feed(data)
            if head is None:
                return None
            response, data = parse_response(head), self._reader.rest
            if response.status == 101:
                self.rest = data
                return self._agree(response)
            self.refusal, self._body = response, BodyReader(measure_body(response))
        try:
            self._parts.append(join_data(self._body.feed(data)))
        except HandshakeError:
            self.feed_end()
        if self._body.done or sum(map(len, self._parts)) > MAX_REFUSAL_BYTES:
            self.feed_end()
        return None

    def feed_end(self) -> None:
        """The stream ended before a 101 came.

        Raises:
            HandshakeError: Always, with what the server said so far.
        """
        if self.refusal is None:
            raise HandshakeError(0, "The server hung up without an answer.")
        said = b"".join(self._parts)[:MAX_REFUSAL_BYTES]
        check_answer(self.request, replace(self.refusal, body=said))

    def _agree(self, response: Response) -> Response:
        check_answer(self.request, response)
        if self._offer:
            self.agreed = check_acceptance(self._offer, extensions_of(response))
        return response
