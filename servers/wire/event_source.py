"""The HTTP side of an EventSource: what it asks, what an answer means, its states.

No socket, no asyncio, no clock: values in, values out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from servers.wire.http_head import (
    HandshakeError,
    Request,
    Response,
    serialise_request,
)

CONNECTING, OPEN, CLOSED = "connecting", "open", "closed"
# What can happen to a connection, in the standard's words.
ANNOUNCE, REESTABLISH, FAIL, CLOSE = "announce", "reestablish", "fail", "close"
REDIRECT = "redirect"

# The states: (state, what happens) → (state, what the page's listeners hear).
# Source: WHATWG HTML §9.2.2 (close) and §9.2.3 (the others).
STEPS: dict[tuple[str, str], tuple[str, str | None]] = {
    (CONNECTING, ANNOUNCE): (OPEN, "open"),
    (CONNECTING, REESTABLISH): (CONNECTING, "error"),
    (CONNECTING, FAIL): (CLOSED, "error"),
    (CONNECTING, CLOSE): (CLOSED, None),
    (OPEN, REESTABLISH): (CONNECTING, "error"),
    (OPEN, FAIL): (CLOSED, "error"),
    (OPEN, CLOSE): (CLOSED, None),
    (CLOSED, CLOSE): (CLOSED, None),
}

EVENT_STREAM = "text/event-stream"
MAX_REDIRECTS = 20
REDIRECTS = (301, 302, 303, 307, 308)
_ESSENCE = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+/[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# A part of a header value between two commas, which may stand in quotes as well.
_PART = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_UNCODED = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a stream is: what to dial, and what to ask for there."""

    host: str
    port: int
    authority: str  # what the Host header says
    target: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means: ANNOUNCE, FAIL, or REDIRECT to another URL.

    Args:
        sentence: Why it fails; "" when it does not.
    """

    action: str
    sentence: str = ""
    url: str = ""


def parse_url(url: str) -> Address:
    """Where an http:// URL leads.

    Raises:
        ValueError: It leads nowhere that this client can go.

    Not handled here: https, names and passwords in a URL, names of hosts that are
    not ASCII.

    >>> parse_url("http://live.example/giá?mã=VN#top")
    Address(host='live.example', port=80, authority='live.example',
    target='/gi%C3%A1?m%C3%A3=VN')
    """
    parts = urlsplit(url)
    is_ours = parts.scheme == "http" and parts.hostname and "@" not in parts.netloc
    if not is_ours or not parts.netloc.isascii():
        raise ValueError(f"{url!r} is no http:// address")
    query = f"?{parts.query}" if parts.query else ""
    target = quote((parts.path or "/") + query, safe=_UNCODED)
    return Address(parts.hostname, parts.port or 80, parts.netloc, target)


def serialise_asking(address: Address, last_event_id: str = "") -> bytes:
    r"""The request with which an EventSource opens a stream.

    Args:
        last_event_id: Of the last event it got; "" for none.

    Raises:
        ValueError: The id holds a line end or NULL, which no stream can give it.

    Source: WHATWG HTML §9.2.2 (Accept, no cache) and §9.2.3 (the id, as UTF-8).
    Taught in 31-resume.

    >>> print(serialise_asking(parse_url("http://a/"), "7").decode().replace("\r", ""))
    GET / HTTP/1.1
    Host: a
    Accept: text/event-stream
    Accept-Encoding: identity
    Cache-Control: no-cache
    Last-Event-ID: 7
    <BLANKLINE>
    <BLANKLINE>
    """
    headers = [
        ("Host", address.authority),
        ("Accept", EVENT_STREAM),
        ("Accept-Encoding", "identity"),
        ("Cache-Control", "no-cache"),
    ]
    head = serialise_request(Request(tuple(headers), target=address.target))
    if not last_event_id:
        return head
    if re.search("[\r\n\0]", last_event_id):
        raise ValueError("a line end or NULL in a Last-Event-ID")
    # By hand: an id may hold control characters that no other header may.
    return b"%bLast-Event-ID: %b\r\n\r\n" % (head[:-2], last_event_id.encode())


def judge_answer(response: Response, url: str) -> Verdict:
    """What an answer means for an EventSource.

    Args:
        response: The head; a 1xx is none.
        url: What was asked for, of which a Location may be a part.

    Raises:
        HandshakeError: A Location that cannot be read; it counts as a network error.

    Source: WHATWG HTML §9.2.3: all but 200 with the right type fails for good, 204 and
    500 too. Fetch §4.4 (redirects). Taught in 31-resume.

    >>> judge_answer(Response(status=503, reason="Service Unavailable"), "http://a/")
    Verdict(action='fail', sentence='The server answered 503 Service Unavailable.',
    url='')
    """
    location = response.one("Location")
    if response.status in REDIRECTS and location is not None:
        return _redirect(location, url)
    if response.status != 200:
        answered = f"{response.status} {response.reason}".strip()
        return Verdict(FAIL, f"The server answered {answered}.")
    kind = mime_type(response)
    if kind != EVENT_STREAM:
        named = kind or "of no type"
        return Verdict(FAIL, f"The answer is {named}, not {EVENT_STREAM}.")
    codings = [word.lower() for word in response.tokens("Content-Encoding")]
    if any(coding != "identity" for coding in codings):
        return Verdict(FAIL, f"The answer is coded in {codings[0]}; we asked for none.")
    return Verdict(ANNOUNCE)


def mime_type(response: Response) -> str:
    """What Content-Type says, in lower case, without parameters; "" for nothing.

    Source: Fetch §3.5 (of several, the last that can be read counts). MIME Sniffing
    §4.4. HTML §9.2.3 asks for no charset: a stream is UTF-8 whatever it says.

    >>> mime_type(Response((("Content-Type", "Text/Event-Stream; charset=x"),)))
    'text/event-stream'
    """
    value = ",".join(response.all("Content-Type"))
    found = [part.partition(";")[0].strip(" \t") for part in _PART.findall(value)]
    types = [t.lower() for t in found if _ESSENCE.fullmatch(t) and t != "*/*"]
    return types[-1] if types else ""


def _redirect(location: str, url: str) -> Verdict:
    # A head is read as Latin-1; what stands in it is UTF-8, if not escaped.
    target = location.encode("latin-1").decode("utf-8", "replace")
    try:
        new = urljoin(url, target)
        if urlsplit(new).scheme != "http":
            return Verdict(FAIL, f"It leads to {new}: this client speaks http only.")
        parse_url(new)
    except ValueError:
        raise HandshakeError(0, f"It leads to {target}, which is no address.") from None
    return Verdict(REDIRECT, url=new)
