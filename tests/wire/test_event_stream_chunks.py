"""Every case of the standard, cut at every byte, in Chromium and in our reader."""

import asyncio

import pytest

from servers.network.listening import HOST, listening
from tests.conftest import CHROMIUM_FLAGS
from tests.wire.test_event_stream_chromium import AFTER_BOM, hear
from tests.wire.test_ws_messages import bytewise
from tools.record_event_streams import NO_CONTENT, RULES, TYPES, encode, head

DEADLINE_S = 120
PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
const hear = (number, types) => new Promise((resolve) => {
  const heard = [], source = new EventSource(`/${number}`);
  const keep = ({ type, data, lastEventId }) => heard.push({ type, data, lastEventId });
  for (const type of types) source.addEventListener(type, keep);
  source.onopen = () => fetch(`/opened/${number}`, { method: "POST" });
  source.onerror = (event) => {
    if (event instanceof MessageEvent) return keep(event);
    source.close();
    resolve(heard);
  };
});
const hearAll = async (count, types) => {
  const all = [];
  let next = 0;
  const work = async () => {
    for (let at; (at = next++) < count; ) all[at] = await hear(at, types);
  };
  await Promise.all([work(), work(), work()]);
  return all;
};
</script>"""


class Site:
    """A page, and streams at /0, /1 … in pieces.

    The first piece comes with the head; the second waits until the page says that it
    has opened the stream, so that the two do not arrive joined.
    """

    def __init__(self, streams):
        self.streams = streams
        self.opened = [asyncio.Event() for _ in streams]

    async def answer(self, reader, writer):
        try:
            request = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return  # Chromium opens connections ahead and may not use them
        method, path, _ = request.decode("latin-1").split(" ", 2)
        if method == "POST":
            self.opened[int(path.removeprefix("/opened/"))].set()
            writer.write(NO_CONTENT)
        elif path == "/":
            writer.write(head("text/html; charset=utf-8") + PAGE.encode())
        else:
            first, *rest = self.streams[int(path[1:])]
            writer.write(head("text/event-stream") + first)
            await self.opened[int(path[1:])].wait()
            for piece in rest:
                writer.write(piece)
                await asyncio.sleep(0)  # each in a packet of its own


def chunkings(stream):
    """In two pieces, cut at every byte; and byte by byte."""
    cuts = [[stream[:at], stream[at:]] for at in range(1, len(stream))]
    return [*cuts, bytewise(stream)]


@pytest.mark.chromium
def test_every_case_when_cut_at_any_byte_is_heard_alike(chromium_path):
    from playwright.async_api import async_playwright

    said = [encode("".join(pieces)) for rule in RULES.values() for pieces in rule]
    # The one case in which Chromium leaves the standard: see AFTER_BOM.
    said = [s for s in said if not s.startswith(tuple(map(encode, AFTER_BOM)))]
    streams = [pieces for stream in said for pieces in chunkings(stream)]

    async def main():
        site = Site(streams)
        async with (
            asyncio.timeout(DEADLINE_S),
            listening(site.answer) as port,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=chromium_path, args=CHROMIUM_FLAGS
            )
            page = await browser.new_page()
            await page.goto(f"http://{HOST}:{port}/")
            heard = await page.evaluate("a => hearAll(...a)", [len(streams), TYPES])
            await browser.close()
            return heard

    heard = asyncio.run(main())
    assert sum(map(bool, heard)) > 500
    for pieces, theirs in zip(streams, heard, strict=True):
        assert hear(pieces) == theirs, pieces
