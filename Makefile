# lab · test · book for readers; conformance · env · site · store · bench for the rest.
PYTHON ?= python3
PORT ?= 8000
LAB ?=
BIN := .venv/bin
# Node comes with the environment; a system's own is often older.
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
READY := .venv/.ready

.PHONY: lab test book conformance env npm site store bench

lab: env
	$(BIN)/jupyter lab notebooks/20-handshake.ipynb $(LAB)

test: env npm
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(WITH_NODE) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --nbval

book: site
	@echo "Both editions: http://127.0.0.1:$(PORT)/ (Ctrl-C ends)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/site $(PORT) 2>/dev/null

# Autobahn's long sections: large messages and compression, in both roles; minutes.
conformance: env
	$(BIN)/python -m pytest -n 2 -s tests/live/long_conformance.py

# JavaScript peers for the tests.
npm: env
	$(WITH_NODE) npm ci --silent --prefix tests/npm

env: $(READY)

$(READY): requirements.txt tab/wheels.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Live Wire needs Python 3.11 or newer; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e .
	touch $(READY)

site: env
	$(BIN)/python tools/build_site.py $(SITE)

# After a change of a notebook: copy its code to the other edition, run both, store.
store: env
	-$(BIN)/python tools/pair_editions.py
	$(BIN)/python tools/store_outputs.py
	$(BIN)/python tools/pair_editions.py --check

# picows and numpy are only measured against.
bench: env npm
	$(BIN)/python -m pip install --quiet --disable-pip-version-check picows==2.3.1 numpy
	$(WITH_NODE) $(BIN)/python -m benchmarks
