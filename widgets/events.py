"""What happened when, as dicts: what each may say, and how two become one."""

from __future__ import annotations

from typing import Any

from traitlets import TraitError

# What an event says besides when it stands for several (`merge_events`).
MERGED = ("count", "messages", "worst_ms")


def check_number(value: Any, at: str, name: str) -> None:
    """Nothing, when it is a number that is not negative.

    Raises:
        TraitError: It is not; the sentence says which.
    """
    # The second half refuses "not a number" and infinity as well.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TraitError(f"{at}: {name} is {value!r}, no number")
    if not 0 <= value < float("inf"):
        raise TraitError(f"{at}: {name} is {value}")


def check_order(time_ms: float, before_ms: float, at: str) -> None:
    """Nothing, when the one is not earlier than the other; otherwise a TraitError."""
    if time_ms < before_ms:
        raise TraitError(f"{at} is earlier than the one before")


def check_event(event: Any, at: str, measures: tuple[str, ...]) -> None:
    """Nothing, when the event keeps to the contract.

    Args:
        event: What may be a dict with a time and some measures.
        at: Where it stands, for the sentence.
        measures: What it may hold beside its time.

    Raises:
        TraitError: It does not; the sentence says why.
    """
    if not isinstance(event, dict) or "time_ms" not in event:
        raise TraitError(f"{at} has no time_ms")
    if unknown := sorted(event.keys() - {"time_ms", *measures, *MERGED}):
        raise TraitError(f"{at} has {', '.join(unknown)}, which nobody draws")
    for name, value in event.items():
        check_number(value, at, name)


def merge_events(first: dict, second: dict) -> dict:
    """Two neighbours as one event, at the time of the second.

    What is summed is summed, and the worst latency is kept; the latency itself is the
    second's, so that a median over many is one over every n-th message.

    >>> merge_events({"time_ms": 1, "bytes": 9, "latency_ms": 5, "message": 1},
    ...              {"time_ms": 2, "bytes": 1, "latency_ms": 3, "message": 2})
    ... # doctest: +NORMALIZE_WHITESPACE
    {'time_ms': 2, 'bytes': 10, 'latency_ms': 3, 'message': 2, 'count': 2,
     'worst_ms': 5, 'messages': 2}
    """
    both = first | second
    for name in ("bytes", "requests"):
        if name in first and name in second:
            both[name] = first[name] + second[name]
    if "age_ms" in first and "age_ms" not in second:
        both["age_ms"] += second["time_ms"] - first["time_ms"]
    both["count"] = first.get("count", 1) + second.get("count", 1)
    if "latency_ms" in both:
        both["worst_ms"] = max(worst(first), worst(second))
    if "message" in both:
        both["message"] = max(first.get("message", 0), second.get("message", 0))
        both["messages"] = arrived(first) + arrived(second)
    return both


def worst(event: dict) -> float:
    """The worst latency that an event stands for."""
    return event.get("worst_ms", event.get("latency_ms", 0))


def arrived(event: dict) -> int:
    """How many messages an event brought.

    >>> arrived({"time_ms": 9, "bytes": 120}), arrived({"time_ms": 9, "message": 3})
    (0, 1)
    """
    return event.get("messages", 1) if "message" in event else 0


def most_merged(events: list[dict]) -> int:
    """How many events one of these stands for at most; 1: each for itself."""
    return max((event.get("count", 1) for event in events), default=1)
