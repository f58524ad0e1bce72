"""IPython's shell, as `display` and ipywidgets look for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    from tab.shell import Shell


class InteractiveShell:
    @staticmethod
    def initialized() -> bool:
        return get_ipython() is not None

    @staticmethod
    def instance() -> Shell | None:
        return get_ipython()
