"""What a reader sees: each widget has the same stem in Python, JavaScript and CSS."""

from widgets.browser import Browser
from widgets.buffers import Buffers
from widgets.close_codes import CloseCodes
from widgets.feeds import Feeds
from widgets.ladder import Ladder
from widgets.measured import Measured, counted
from widgets.microscope import Microscope
from widgets.race import Race
from widgets.rooms import Rooms
from widgets.states import StateDiagram
from widgets.timeline import Timeline

__all__ = [
    "Browser",
    "Buffers",
    "CloseCodes",
    "Feeds",
    "Ladder",
    "Measured",
    "Microscope",
    "Race",
    "Rooms",
    "StateDiagram",
    "Timeline",
    "counted",
]
