# visavis: `make run` serves the page, `make test` proves it. Everything is installed into .venv when it is needed.
#   PORT=8600 HOST=127.0.0.1   where `make run` listens (any other host needs VISAVIS_SERVER__TOKEN)
#   ARGS="--role kiosk"        more flags for the command that is run
#   PIP_ARGS="..."             more flags for pip, e.g. an index with CPU builds of torch

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8600
ARGS ?=
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
EXTRAS := dev,torch,whisper,piper

.PHONY: setup run talk test bench check format clean browser packs

setup: $(VENV)/.base packs

run: setup
	$(BIN)/visavis serve --host $(HOST) --port $(PORT) $(ARGS)

talk: setup ## a spoken conversation without a microphone: a packaged recording and typed words
	$(BIN)/visavis models pull recordings
	$(BIN)/python -m visavis_client.demonstration $(ARGS)

test: $(VENV)/.all packs browser
	$(BIN)/visavis models pull recordings
	@if command -v node >/dev/null; then node --test client/web/; else echo "node is not installed: the page's unit tests are left out"; fi
	$(BIN)/python -m pytest $(ARGS)

bench: $(VENV)/.all packs
	$(BIN)/python -m visavis_client.bench $(ARGS)

check: $(VENV)/.all
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

packs: $(VENV)/.base
	@$(BIN)/visavis models pull

browser: # the tests hold a conversation in a real browser
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends chromium >/dev/null; \
	  else echo "the tests need Chromium: install the package chromium"; exit 1; fi; }

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "visavis needs Python 3.11 or newer: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt $(VENV)/.base
	$(PIP) -e '.[$(EXTRAS)]'
	@touch $@
