"""A headless Firefox, told what to do over WebDriver BiDi, which is a WebSocket.

Playwright drives only a Firefox of its own build; this one is the system's.
"""

import asyncio
import json
import re
import shutil
from contextlib import asynccontextmanager
from itertools import count

from websockets.asyncio.client import connect

NAMES = ("firefox-esr", "firefox")
# Without its second compiler, which costs more than the chapters gain by it.
SETTINGS = 'user_pref("javascript.options.wasm_optimizingjit", false);\n'
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def firefox_path():
    """Where the system has a Firefox, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One tab. What it is asked for comes as JSON text out of the page."""

    def __init__(self, socket):
        self._socket = socket
        self._ids = count(1)

    async def command(self, method, **params):
        """The result of one BiDi command; what happens meanwhile is not heard."""
        number = next(self._ids)
        said = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(said))
        async for text in self._socket:
            answer = json.loads(text)
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    async def open(self):
        await self.command("session.new", capabilities={})
        tree = await self.command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def go(self, url):
        await self.command(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def evaluate(self, expression):
        """The value of a JavaScript expression, awaited when it is a promise."""
        done = await self.command(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((v) => JSON.stringify(v))",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert done["type"] == "success", done["exceptionDetails"]["text"]
        return json.loads(done["result"].get("value", "null"))


@asynccontextmanager
async def browsing(path, profile):
    """A Firefox with a new profile in the folder `profile`; gives its page."""
    (profile / "user.js").write_text(SETTINGS, encoding="utf-8")
    options = ("--headless", "--no-remote", "--remote-debugging-port", "0")
    process = await asyncio.create_subprocess_exec(
        *(path, *options, "--profile", str(profile), "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    reading = None
    try:
        async for line in process.stderr:
            if found := LISTENING.search(line.decode(errors="replace")):
                break
        # What it says later is read too, or it would wait with a full pipe.
        reading = asyncio.create_task(process.stderr.read())
        async with connect(f"{found[1]}/session", max_size=None) as socket:
            page = Page(socket)
            await page.open()
            yield page
    finally:
        process.terminate()
        await process.wait()
        if reading:
            await reading
