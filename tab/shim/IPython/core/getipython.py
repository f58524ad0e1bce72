"""IPython's way to the running shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tab.shell import Shell


def get_ipython() -> Shell | None:
    # Not at the top: the shell itself uses IPython's printer.
    from tab.shell import Shell

    return Shell.here
