"""Execute notebooks and store clean outputs: `python tools/store_outputs.py [FILE...]`.

Without files: all notebooks of both editions. What is stored repeats from run to run,
so that nbval can compare it and a diff shows only what changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def main(arguments: list[str]) -> None:
    found = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("vi/notebooks/*.ipynb")]
    for path in [Path(a) for a in arguments] or sorted(found):
        print(f"running {path}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        execute(notebook, path.parent)
        clean(notebook)
        write(notebook, path)


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells from the top in a new kernel; a failing cell stops the tool."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=60, resources=resources).execute()


def clean(notebook: NotebookNode) -> None:
    """Take away what differs from machine to machine, and the widgets' live state."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
        join_streams(cell)


def join_streams(cell: NotebookNode) -> None:
    """One print may arrive in pieces: neighbours of one stream become one output."""
    joined: list[NotebookNode] = []
    for output in cell.get("outputs", []):
        before = joined[-1] if joined else None
        if before and output.get("name") and before.get("name") == output.name:
            before.text += output.text
        else:
            joined.append(output)
    if cell.cell_type == "code":
        cell.outputs = joined


def write(notebook: NotebookNode, path: Path) -> None:
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, indent=1)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
