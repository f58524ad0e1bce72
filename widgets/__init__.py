"""What a reader sees: each widget has the same stem in Python, JavaScript and CSS."""

from widgets.browser import Browser
from widgets.buffers import Buffers
from widgets.ladder import Ladder
from widgets.microscope import Microscope
from widgets.race import Race
from widgets.rooms import Rooms
from widgets.timeline import Timeline

__all__ = ["Browser", "Buffers", "Ladder", "Microscope", "Race", "Rooms", "Timeline"]
