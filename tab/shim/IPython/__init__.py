"""What the book and its widgets ask IPython for, in the reader's tab.

`IPython.lib.pretty` and `IPython.core.display_functions` are IPython's own files.
"""

from IPython.core.getipython import get_ipython

__all__ = ["get_ipython"]
