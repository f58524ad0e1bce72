"""Bundle the page's side of the tab, into _build/tab.

    python tools/page_tab.py            after a change of tab/*.js or tab/page.css

tools/build_tab.py calls it last. esbuild cuts the scripts where `import()` stands, so a
page carries page.js alone; the editor and the rest come when somebody wants them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TAB = ROOT / "tab"
OUT = ROOT / "_build" / "tab"
OPTIONS = {
    "entryPoints": ["page.js", "page.css"],
    "bundle": True,
    "splitting": True,
    "format": "esm",
    "minify": True,
    "target": "es2022",  # the browsers that can run Pyodide understand more
    "legalComments": "none",
    "logLevel": "warning",
    "entryNames": "[name]-[hash]",
    "chunkNames": "[name]-[hash]",
    "metafile": True,
}
# Not its command: on one system that is a program, on the next a script.
SCRIPT = """
const made = require("esbuild").buildSync(JSON.parse(process.argv[1]));
console.log(JSON.stringify(made.metafile.outputs));
"""


def bundle_page(out=OUT):
    """Write the scripts and the style sheet; return their names.

    Returns:
        {"script": …, "style": …, "kept": [every file's name]}
    """
    for old in kept_before(out):
        (out / old).unlink(missing_ok=True)
    options = json.dumps(OPTIONS | {"outdir": str(out)})
    bin_folder = str(Path(sys.executable).parent)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["node", "-e", SCRIPT, options],
        check=True,
        cwd=TAB,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
    )
    outputs = json.loads(done.stdout)
    named = {
        Path(made.get("entryPoint", "")).name: Path(name).name
        for name, made in outputs.items()
    }
    return {
        "script": named["page.js"],
        "style": named["page.css"],
        "kept": sorted(Path(name).name for name in outputs),
    }


def kept_before(out):
    """The names of the last bundle: it makes room for this one."""
    manifest = out / "manifest.json"
    if not manifest.exists():
        return []
    return json.loads(manifest.read_text("utf-8")).get("page", {}).get("kept", [])


def main():
    manifest = json.loads((OUT / "manifest.json").read_text("utf-8"))
    manifest["page"] = bundle_page()
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")


if __name__ == "__main__":
    main()
