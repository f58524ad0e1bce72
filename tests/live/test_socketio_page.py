"""A page, Node and Python in one room. In a file of its own: see `browser`."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import socketio

from tests.live.test_socketio import ROOM, peer


def say_from_python(url, text):
    """What a Python client hears in the room while it speaks there."""

    async def talk():
        client = socketio.AsyncClient()
        heard = asyncio.Queue()
        client.on("said", heard.put)
        await client.connect(url)
        try:
            await client.call("join", ROOM)
            await client.call("say", (ROOM, text))
            async with asyncio.timeout(20):
                return [await heard.get() for _ in range(3)]
        finally:
            await client.disconnect()

    return asyncio.run(talk())


@pytest.mark.chromium
@pytest.mark.node
def test_a_page_and_node_when_in_a_room_with_python_hear_each_other(
    rooms_url, browser, importing_page, node_path, npm_packages, tmp_path
):
    page = browser.new_page()
    script = tmp_path / "peer.mjs"
    script.write_text(peer(rooms_url, "Python", "Node"), encoding="utf-8")
    try:
        page.goto(importing_page)
        with page.expect_console_message(lambda message: message.text == "in"):
            code = peer(rooms_url, "Node", "page")
            page.add_script_tag(content=code, type="module")
        node = subprocess.Popen(
            [node_path, script], stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert node.stdout.readline() == "in\n"
        with ThreadPoolExecutor() as threads:  # Playwright has the loop of this one
            python = threads.submit(say_from_python, rooms_url, "Python")
            page.wait_for_event("console", lambda message: message.text == "Node")
            assert python.result() == ["Python", "Node", "page"]
        assert node.communicate(timeout=20)[0] == "Python\n"
    finally:
        page.close()
