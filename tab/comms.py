"""How widgets reach the page: the Jupyter comm protocol over the worker's messages."""

from __future__ import annotations

from typing import Any

import comm
from comm.base_comm import BaseComm, CommManager

from tab.outputs import Outputs, Post


class Comms:
    """All comms of one kernel.

    Args:
        post: Takes each message to the page.
        outputs: What was printed before a message is sent before it.

    Source: Jupyter's messaging protocol 5.4, "Custom Messages".
    """

    def __init__(self, post: Post, outputs: Outputs) -> None:
        self._post, self._outputs = post, outputs
        self.manager = CommManager()

    def create(self, **options: Any) -> TabComm:
        return TabComm(self, **options)

    def send(self, event: str, comm_id: str, content: Any, **more: Any) -> None:
        self._outputs.flush()
        said = {"type": "comm", "event": event, "comm": comm_id, "content": content}
        self._post(said | more)

    def receive(self, message: dict[str, Any]) -> None:
        """A message of the page to one comm; one that is gone hears nothing."""
        event, name = message["event"], message["comm"]
        data = (message.get("content") or {}).get("data") or {}
        content = {"comm_id": name, "data": data}
        packed = {"content": content, "buffers": message.get("buffers") or []}
        if event == "open":
            content["target_name"] = message.get("target", "")
            self.manager.comm_open(None, None, packed)
        elif name in self.manager.comms:
            told = {"msg": self.manager.comm_msg, "close": self.manager.comm_close}
            told[event](None, None, packed)


class TabComm(BaseComm):
    """One widget's end of its connection to the page."""

    def __init__(self, comms: Comms, **options: Any) -> None:
        self._comms = comms
        super().__init__(**options)

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        self._comms.send(
            msg_type.removeprefix("comm_"),
            self.comm_id,
            {"data": data or {}},
            target=self.target_name,
            metadata=metadata or {},
            buffers=list(buffers or []),
        )


def stand_in(comms: Comms) -> None:
    """From here on every widget opens its comm here."""
    comm.create_comm = comms.create
    comm.get_comm_manager = lambda: comms.manager
