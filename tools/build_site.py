"""Build both editions into _build/site, one folder a language.

    python tools/build_site.py          what changed since the last build
    python tools/build_site.py --all    everything

The result works from any folder of any static file server. With SITE_URL in the
environment (https://example.org/live-wire) pages get absolute alternates, a canonical
address and a sitemap.
"""

import argparse
import gc
import hashlib
import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "site"
WORK = ROOT / "_build" / "site-work"  # doctrees, logs and the stamp
TAB = ROOT / "_build" / "tab"  # what runs the cells in the reader's tab
TAB_NAMES = TAB / "manifest.json"  # the pages tell these names
EDITIONS = {"en": ROOT, "vi": ROOT / "vi"}
SITE_URL = os.environ.get("SITE_URL", "").rstrip("/")

# Sphinx rebuilds a page when its source changed. It does not see these.
UNSEEN = (
    "_config.yml _toc.yml vi/_config.yml vi/_toc.yml tools/build_site.py "
    "book/glossary.yml book/_ext/**/* book/_static/**/* book/_templates/**/* "
    "widgets/**/* servers/**/*.py tab/words.json"
).split()
PACKAGES = "jupyter-book sphinx myst-nb sphinx-book-theme pydata-sphinx-theme".split()

REDIRECT = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
{policy}
<title>Live Wire</title>
<meta http-equiv="refresh" content="0; url={page}">
<a href="{page}">Live Wire</a>
"""

CHOOSE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
{policy}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Live Wire</title>
<link rel="icon" href="en/_static/favicon.svg">
<link rel="alternate" hreflang="en" href="{base}{en}">
<link rel="alternate" hreflang="vi" href="{base}{vi}">
<style>
  body {{ font: 1.25rem/1.6 system-ui, sans-serif; margin: 20vh auto; max-width: 30rem;
         padding: 0 1.5rem }}
</style>
<script>
  const known = ["en", "vi"];
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const lang = wanted.find((tag) => known.includes(tag)) ?? "en";
  location.replace({{ en: "{en}", vi: "{vi}" }}[lang]);
</script>
<h1>Live Wire</h1>
<p><a href="{en}" lang="en">English</a> · <a href="{vi}" lang="vi">Tiếng Việt</a></p>
"""


def fingerprint():
    """Return a hash of all that an incremental build would miss."""
    digest = hashlib.sha256(SITE_URL.encode())
    digest.update(" ".join(version(name) for name in PACKAGES).encode())
    digest.update(TAB_NAMES.read_bytes())
    for path in sorted({p for pattern in UNSEEN for p in ROOT.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def build_edition(lang, everything):
    """Run Sphinx as `jupyter-book build -W -n --keep-going` does; return its status."""
    from jupyter_book.sphinx import build_sphinx

    gc.disable()  # the tree of each page is a web of cycles that stays to the end
    source = EDITIONS[lang]
    return build_sphinx(
        source,
        SITE / lang,
        noconfig=True,
        path_config=source / "_config.yml",
        confoverrides={
            "external_toc_path": (source / "_toc.yml").as_posix(),
            "latex_individualpages": False,
            "nitpicky": True,
        },
        doctreedir=WORK / lang / "doctrees",
        warningiserror=True,
        keep_going=True,
        freshenv=everything,
        force_all=everything,
    )


def start(lang, everything):
    """Start one edition's build in a process of its own."""
    log = WORK / lang / "log.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, "--edition", lang]
    process = subprocess.Popen(
        command + ["--all"] * everything,
        stdout=log.open("w"),
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    return process, log


def finish(lang, process, log, began):
    """Wait for an edition, print its line; return True when it was built."""
    _, warnings = process.communicate()
    seconds = time.monotonic() - began
    if process.returncode:
        print(f"  {lang}  FAILED after {seconds:.1f} s (whole log: {log})\n{warnings}")
        return False
    pages = len(documents(lang))
    print(f"  {lang}  {pages} pages  {seconds:.1f} s  {SITE / lang}", flush=True)
    return True


def documents(lang):
    """Return the edition's document names, its home page first."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    toc = parse_toc_yaml(EDITIONS[lang] / "_toc.yml")
    return [toc.root.docname, *(name for name in toc if name != toc.root.docname)]


def write_entrances():
    """Write the pages that answer to /, /en/ and /vi/."""
    sys.path.append(str(ROOT / "book" / "_ext"))
    from policy import META

    homes = {lang: f"{documents(lang)[0]}.html" for lang in EDITIONS}
    for lang, page in homes.items():
        redirect = REDIRECT.format(policy=META, lang=lang, page=page)
        (SITE / lang / "index.html").write_text(redirect, encoding="utf-8")
    pages = {lang: f"{lang}/{page}" for lang, page in homes.items()}
    choose = CHOOSE.format(
        policy=META, base=f"{SITE_URL}/" if SITE_URL else "", **pages
    )
    (SITE / "index.html").write_text(choose, encoding="utf-8")


def build_tab(everything):
    """Build what runs the cells in the reader's tab; return True when it was built."""
    command = [sys.executable, str(ROOT / "tools" / "build_tab.py")]
    done = subprocess.run(command + ["--all"] * everything, cwd=ROOT)
    if done.returncode:
        print("  tab  FAILED; the first build needs pip's and npm's registries")
    return done.returncode == 0


def copy_tab():
    """Put it beside the editions, which share it."""
    shutil.rmtree(SITE / "tab", ignore_errors=True)
    shutil.copytree(TAB, SITE / "tab", ignore=shutil.ignore_patterns(TAB_NAMES.name))


def write_offline():
    """The service worker lies above all that it answers for: no scope goes upwards."""
    shutil.copy(ROOT / "tab" / "offline.js", SITE / "offline.js")


def write_sitemap():
    """Write sitemap.xml when the site's address is known."""
    path = SITE / "sitemap.xml"
    if not SITE_URL:
        path.unlink(missing_ok=True)
        return
    urls = [
        f"  <url><loc>{SITE_URL}/{lang}/{name}.html</loc></url>"
        for lang in EDITIONS
        for name in documents(lang)
    ]
    opening = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', opening, *urls, "</urlset>"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--all", action="store_true", help="rebuild everything")
    options.add_argument("--edition", choices=EDITIONS, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.edition:
        return int(bool(build_edition(asked.edition, asked.all)))

    if not build_tab(asked.all):
        return 1
    stamp, now = WORK / "stamp", fingerprint()
    everything = asked.all or not stamp.exists() or stamp.read_text() != now
    # Gone until this build succeeds: Sphinx repeats no warning of an unchanged page.
    stamp.unlink(missing_ok=True)
    print(f"Building {'everything' if everything else 'what changed'}", flush=True)
    began = time.monotonic()
    if everything:
        for lang in EDITIONS:
            shutil.rmtree(SITE / lang, ignore_errors=True)
    running = {lang: start(lang, everything) for lang in EDITIONS}
    built = [finish(lang, *job, began) for lang, job in running.items()]
    if not all(built):
        return 1
    write_entrances()
    copy_tab()
    write_offline()
    write_sitemap()
    stamp.write_text(now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
