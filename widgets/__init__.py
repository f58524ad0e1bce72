"""What a reader sees: each widget has the same stem in Python, JavaScript and CSS."""

from widgets.ladder import Ladder
from widgets.microscope import Microscope
from widgets.rooms import Rooms
from widgets.timeline import Timeline

__all__ = ["Ladder", "Microscope", "Rooms", "Timeline"]
