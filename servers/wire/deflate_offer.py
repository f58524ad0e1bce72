"""permessage-deflate: what a client offers, a server accepts, and both then know.

No socket, no asyncio, no clock: values in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from servers.wire.handshake import Extension
from servers.wire.http_head import HandshakeError

NAME = "permessage-deflate"
_BITS = re.compile("[89]|1[0-5]", re.ASCII)
_FLAGS = ("server_no_context_takeover", "client_no_context_takeover")
_WINDOWS = ("server_max_window_bits", "client_max_window_bits")


@dataclass(frozen=True, slots=True)
class DeflateParameters:
    """What both ends agreed on, under the names of RFC 7692 §7.1.

    Args:
        server_no_context_takeover: The server forgets its window after each message.
        client_no_context_takeover: So does the client.
        server_max_window_bits: 8 to 15: the server looks back 2 to the power of this.
        client_max_window_bits: The same for the client.
    """

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15


def make_offer(wanted: DeflateParameters | None = None) -> Extension:
    """What a client offers in Sec-WebSocket-Extensions.

    Args:
        wanted: What the client wants; by default everything at its largest. It always
            says that the server may limit the client's window.

    Source: RFC 7692 §7.1. Taught in 24-compression.

    >>> make_offer()
    Extension(name='permessage-deflate', parameters=(('client_max_window_bits', None),))
    """
    wanted = wanted or DeflateParameters()
    parameters: list[tuple[str, str | None]] = [
        (name, None) for name in _FLAGS if getattr(wanted, name)
    ]
    if wanted.server_max_window_bits < 15:
        parameters.append(
            ("server_max_window_bits", str(wanted.server_max_window_bits))
        )
    bits = wanted.client_max_window_bits
    parameters.append(("client_max_window_bits", str(bits) if bits < 15 else None))
    return Extension(NAME, tuple(parameters))


def accept_offer(
    offers: Sequence[Extension], wanted: DeflateParameters | None = None
) -> tuple[Extension, DeflateParameters] | None:
    """The server's answer to the first offer it can accept; None to decline.

    Args:
        offers: The extensions that the client offered, in its order.
        wanted: What the server would like for itself; the client's wishes come first.

    Returns:
        The extension to answer with, and what was agreed.

    Source: RFC 7692 §5.1 (an offer that cannot be accepted is declined, and the next
    one looked at), §7.1. Taught in 24-compression.

    >>> accept_offer([Extension("permessage-deflate")])[0]
    Extension(name='permessage-deflate', parameters=())
    """
    wanted = wanted or DeflateParameters()
    for offer in offers:
        given = _read_parameters(offer, may_be_bare=True)
        if given is not None:
            agreed = _agree(given, wanted)
            return _make_answer(agreed, given), agreed
    return None


def check_acceptance(
    offer: Extension, accepted: Sequence[Extension]
) -> DeflateParameters | None:
    """What a client takes from the server's answer; None when it was declined.

    Args:
        offer: What `make_offer` gave.
        accepted: The extensions of the server's answer.

    Raises:
        HandshakeError: 0, the answer is not one to this offer. Fail the connection.

    Source: RFC 7692 §7.1.1.1, §7.1.2.1, §7.1.2.2. Taught in 24-compression.

    >>> check_acceptance(make_offer(), []) is None
    True
    """
    answers = [extension for extension in accepted if extension.name == NAME]
    if not answers:
        return None
    given = _read_parameters(answers[0], may_be_bare=False)
    wished = _read_parameters(offer, may_be_bare=True)
    if len(answers) > 1 or given is None or wished is None:
        raise HandshakeError(0, f"The answer about {NAME} cannot be used.")
    if "client_max_window_bits" in given and "client_max_window_bits" not in wished:
        raise HandshakeError(0, "client_max_window_bits was not offered.")
    for name in ("server_no_context_takeover", "server_max_window_bits"):
        if name in wished and name not in given:
            raise HandshakeError(0, f"The server ignores {name}.")
    # An answer without client_max_window_bits leaves the choice to the client.
    given.setdefault("client_max_window_bits", wished.get("client_max_window_bits", 15))
    for name in _WINDOWS:
        if given.get(name, 15) > wished.get(name, 15):
            raise HandshakeError(0, f"{name} is larger than it was offered.")
    return DeflateParameters(**given)  # type: ignore[arg-type]


def _read_parameters(
    extension: Extension, *, may_be_bare: bool
) -> dict[str, bool | int] | None:
    # None for anything RFC 7692 §7.1 does not allow: an offer to decline.
    names = [name for name, _ in extension.parameters]
    if extension.name != NAME or len(set(names)) < len(names):
        return None
    read: dict[str, bool | int] = {}
    for name, value in extension.parameters:
        if name in _FLAGS and value is None:
            read[name] = True
        elif name in _WINDOWS and value is not None and _BITS.fullmatch(value):
            read[name] = int(value)
        elif name == "client_max_window_bits" and value is None and may_be_bare:
            read[name] = 15
        else:
            return None
    return read


def _agree(
    given: dict[str, bool | int], wanted: DeflateParameters
) -> DeflateParameters:
    # A client that does not name client_max_window_bits cannot be told to use less.
    knows_window = "client_max_window_bits" in given
    return DeflateParameters(
        **{name: name in given or getattr(wanted, name) for name in _FLAGS},
        server_max_window_bits=min(
            given.get("server_max_window_bits", 15), wanted.server_max_window_bits
        ),
        client_max_window_bits=min(
            given.get("client_max_window_bits", 15),
            wanted.client_max_window_bits if knows_window else 15,
        ),
    )


def _make_answer(agreed: DeflateParameters, given: dict[str, bool | int]) -> Extension:
    # RFC 7692 §7.1.2.1: an offered server window is named even when it is the default.
    named = {name for name in _WINDOWS if getattr(agreed, name) < 15}
    named |= given.keys() & {"server_max_window_bits"}
    parameters: list[tuple[str, str | None]] = [
        (name, None) for name in _FLAGS if getattr(agreed, name)
    ]
    for name in _WINDOWS:
        if name in named:
            parameters.append((name, str(getattr(agreed, name))))
    return Extension(NAME, tuple(parameters))
