"""Whether to come back after a connection ended, and after what pause.

No socket, no asyncio, no clock: close codes and durations in, durations out.
"""

from __future__ import annotations

import random

# What ended for a reason that may pass. 1000 says done, 1005 says nothing, 1002 to
# 1010 blame what was sent, and what 3000 to 4999 mean only the application knows.
COME_BACK = frozenset({1001, 1006, 1011, 1012, 1013, 1014})


def asks_to_come_back(code: int) -> bool:
    """Whether the same client may try the same again after this close code.

    1012 and 1013 say so; 1001, 1006, 1011 and 1014 only may have passed by then, so
    never come back without a pause that grows.

    Source: RFC 6455 §7.2.3 (1006), §7.4.1 (1001, 1011); the IANA registry of close
    codes (1012 to 1014). Taught in 22-ping-close-reconnect.

    >>> [asks_to_come_back(code) for code in (1000, 1006, 1008, 1012, 4000)]
    [False, True, False, True, False]
    """
    return code in COME_BACK


class Backoff:
    """Pauses between attempts: twice as long at most each time, and drawn by lot.

    Args:
        draw: Whose `uniform` draws each pause, from 0 to the ceiling: full jitter, so
            that clients which lost the same server do not return at one moment.
        first_s: The ceiling of the pause after a connection that was stable.
        longest_s: What the ceiling never exceeds.
        stable_s: How long a connection must last to count as a success. That it opened
            is not enough: a server that accepts and hangs up would be dialled again
            and again without a growing pause.

    Source: RFC 6455 §7.2.3. Taught in 22-ping-close-reconnect.

    >>> backoff = Backoff(random.Random(22), first_s=1, longest_s=30)
    >>> pauses = [backoff.pause_s(lasted_s=0) for _ in range(9)]
    >>> backoff.failures, max(pauses) < 30
    (9, True)
    >>> backoff.pause_s(lasted_s=60) < 1
    True
    """

    def __init__(
        self,
        draw: random.Random,
        *,
        first_s: float = 1.0,
        longest_s: float = 30.0,
        stable_s: float = 10.0,
    ) -> None:
        self.failures = 0
        self._draw = draw
        self._first_s = first_s
        self._longest_s = longest_s
        self._stable_s = stable_s

    def pause_s(self, lasted_s: float) -> float:
        """How many seconds to wait before the next attempt.

        Args:
            lasted_s: How long the connection was open; 0 when it never opened.
        """
        self.failures = 0 if lasted_s >= self._stable_s else self.failures + 1
        doublings = min(self.failures, 64)  # more would not fit into a float
        return self._draw.uniform(0, min(self._longest_s, self._first_s * 2**doublings))
