"""Event streams as Chromium reads them: the recording is fresh, and ours agrees."""

import asyncio
import json
from random import Random

import pytest

from servers.wire.event_stream import EventStreamReader
from tests.wire.test_ws_messages import bytewise
from tools.record_event_streams import TARGET, ask_events, encode, record

ROWS = json.loads(TARGET.read_text("utf-8"))
# Chromium (156, November 2026) skips the character after a byte order mark when it
# looks for line ends: a line end there joins the next line's name. Ours follows the
# standard, where a stream is `[ bom ] *event` and an event may be an empty line.
AFTER_BOM = ("\ufeff\n", "\ufeff\r")
STREAMS = 300
SOUP = "data data: event id retry : đ 7 price chat \ufeff \0".split(" ")
ENDS = ["\n", "\n", "\r", "\r\n", "\n\n", ""]


def hear(pieces):
    """What our reader hears, under the names that the browser's listener knows."""
    reader = EventStreamReader()
    for piece in pieces:
        reader.feed(piece)
    return [
        {"type": e.type, "data": e.data, "lastEventId": e.last_event_id} for e in reader
    ]


@pytest.mark.chromium
def test_the_recording_when_made_again_is_the_same(chromium_path):
    assert asyncio.run(record(chromium_path)) == ROWS


@pytest.mark.chromium
def test_our_reader_when_given_any_stream_hears_what_chromium_hears(chromium_path):
    draw = Random(30)
    texts = ["".join(draw_lines(draw)) for _ in range(STREAMS)]
    streams = [[encode(t)] for t in texts if not t.startswith(AFTER_BOM)]
    ours = [hear(stream) for stream in streams]
    types = sorted({event["type"] for events in ours for event in events})
    heard = asyncio.run(ask_events(streams, chromium_path, types))
    for stream, our, their in zip(streams, ours, heard, strict=True):
        assert our == their, stream
    assert sum(map(bool, heard)) > STREAMS / 5  # not all of them are noise


def draw_lines(draw):
    for _ in range(draw.randrange(12)):
        yield from draw.choices(SOUP, k=draw.randrange(4))
        yield draw.choice(ENDS)


@pytest.mark.parametrize("row", [r for r in ROWS if "heard" in r], ids=str)
def test_our_reader_when_given_what_was_recorded_hears_the_same(row):
    pieces = [encode(piece) for piece in row["said"]]
    for cut in (pieces, [b"".join(pieces)], bytewise(b"".join(pieces))):
        if row["said"][0].startswith(AFTER_BOM):
            assert (hear(cut) != []) and row["heard"] == []
        else:
            assert hear(cut) == row["heard"]
