"""Every case of the standard, cut at every byte, in Chromium and in our reader."""

import asyncio

import pytest

from tests.wire.test_event_stream_chromium import AFTER_BOM, hear
from tests.wire.test_ws_messages import bytewise
from tools import record_event_streams
from tools.record_event_streams import RULES, TYPES, encode, showing

# In place of the recorder's page, which says when it has heard an event: this one says
# when a stream is open. By then the first piece is there too; the second is sent now.
HEAR_ALL = """async ([count, types]) => {
  const hear = (number) => new Promise((resolve) => {
    const heard = [], source = new EventSource(`/${number}`);
    const keep = ({ type, data, lastEventId }) =>
      heard.push({ type, data, lastEventId });
    for (const type of types) source.addEventListener(type, keep);
    source.onopen = () => fetch(`/heard/${number}`, { method: "POST" });
    source.onerror = (event) => {
      if (event instanceof MessageEvent) return keep(event);
      source.close();
      resolve(heard);
    };
  });
  const all = [];
  let next = 0;
  const work = async () => {
    for (let at; (at = next++) < count; ) all[at] = await hear(at);
  };
  await Promise.all([work(), work(), work()]);
  return all;
}"""


def chunkings(stream):
    """In two pieces, cut at every byte; and byte by byte."""
    cuts = [[stream[:at], stream[at:]] for at in range(1, len(stream))]
    return [*cuts, bytewise(stream)]


@pytest.mark.chromium
def test_every_case_when_cut_at_any_byte_is_heard_alike(chromium_path, monkeypatch):
    monkeypatch.setattr(record_event_streams, "DEADLINE_S", 120)  # a thousand streams
    said = [encode("".join(pieces)) for rule in RULES.values() for pieces in rule]
    # The one case in which Chromium leaves the standard: see AFTER_BOM.
    said = [s for s in said if not s.startswith(tuple(map(encode, AFTER_BOM)))]
    streams = [pieces for stream in said for pieces in chunkings(stream)]

    async def main():
        async with showing(streams, chromium_path) as (_, page):
            return await page.evaluate(HEAR_ALL, [len(streams), TYPES])

    heard = asyncio.run(main())
    assert sum(map(bool, heard)) > 500
    for pieces, theirs in zip(streams, heard, strict=True):
        assert hear(pieces) == theirs, pieces
