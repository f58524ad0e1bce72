"""Secrets made unreadable before anything is stored: same length, same place."""

from __future__ import annotations

import re

_HEADERS = re.compile(
    rb"(?im)^(?:cookie|set-cookie|authorization|proxy-authorization|x-api-key"
    rb"|x-auth-token|x-csrf-token|x-xsrf-token):[ \t]*([^\r\n]+)"
)
_PARAMETERS = re.compile(
    rb"(?i)[?&](?:access_token|id_token|token|jwt|api_?key|password)=([^&\s#]+)"
)


def redact(data: bytes) -> bytes:
    """The bytes with a star for each byte of a cookie, a token or a password.

    Args:
        data: One direction of one connection, whole: a secret may be cut by the
            border of two reads.

    Not handled here: secrets in a body or a message, in masked frames, or compressed.

    >>> redact(b"GET /?token=abc HTTP/1.1\\r\\nCookie: sid=7\\r\\n\\r\\n")
    b'GET /?token=*** HTTP/1.1\\r\\nCookie: *****\\r\\n\\r\\n'
    """
    for pattern in (_HEADERS, _PARAMETERS):
        data = pattern.sub(_stars, data)
    return data


def _stars(found: re.Match[bytes]) -> bytes:
    kept = found.start(1) - found.start()
    return found[0][:kept] + b"*" * len(found[1])
