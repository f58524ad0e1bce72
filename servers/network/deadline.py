"""A wait that ends, and says what did not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def within(seconds: float | None, awaited: str) -> AsyncIterator[None]:
    """The block, for at most so many seconds.

    Args:
        seconds: None waits for ever.
        awaited: What the block waits for, such as "message".

    Raises:
        TimeoutError: It took longer; the sentence says what did not come.

    >>> async def wait():
    ...     async with within(0.01, "answer"):
    ...         await asyncio.Event().wait()
    >>> asyncio.run(wait())
    Traceback (most recent call last):
    TimeoutError: No answer within 0.01 seconds.
    """
    try:
        async with asyncio.timeout(seconds) as deadline:
            yield
    except TimeoutError:
        if not deadline.expired():
            raise
        raise TimeoutError(f"No {awaited} within {seconds:g} seconds.") from None
