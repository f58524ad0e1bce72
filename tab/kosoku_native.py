"""The two names of kosoku's Rust part that the cases of sections 1 to 7 import.

The rest of that part runs the cases itself; here `servers.live.ws_judge` does.
"""

from __future__ import annotations

from codecs import getincrementaldecoder


class Utf8Validator:
    """Says of bytes, piece by piece, whether they are UTF-8.

    Not handled here: where in a text the first wrong byte stands.

    >>> validator = Utf8Validator()
    >>> validator.validate("é".encode()[:1])[:2]
    (True, False)
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()
        self._total = 0

    def validate(self, data: bytes | str) -> tuple[bool, bool, int, int]:
        """Valid so far; at the end of a character; bytes of this piece, of all.

        Args:
            data: Bytes, or as Autobahn's Python 2 had them: a character for each.
        """
        octets = data.encode("latin-1") if isinstance(data, str) else data
        self._total += len(octets)
        try:
            self._decoder.decode(octets)
        except UnicodeDecodeError:
            return False, False, len(octets), self._total
        is_whole = not self._decoder.getstate()[0]
        return True, is_whole, len(octets), self._total


class TrafficStats:
    """Imported by name; sections 9 and 10 would count in it."""
