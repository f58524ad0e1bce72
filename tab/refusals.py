"""What a tab cannot do, in a sentence that says what to do about it."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {"en": {}, "vi": {}}


def explain(error: BaseException, lang: str) -> None:
    """Adds the reader's sentence to an error that the tab is the reason of."""


def put_up() -> None:
    """From here on, what cannot work in a tab is refused by name."""
