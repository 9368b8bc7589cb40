# visavis: `make run` serves the page, `make test` proves it. What they need is installed into .venv when it is missing.
#
#   make run PORT=8600 HOST=127.0.0.1   another HOST needs VISAVIS_SERVER__TOKEN
#   make run ARGS="--role kiosk"        more arguments for the command that is run (also: talk, test, bench)
#   make train-words ARGS="--seconds 3600"  trains the language model's adapter again; run again, it goes on
#   make train-eyes ARGS="--photos FOLDER" trains the eyes again with your photos and their captions (docs/cards/eyes.md)
#   make train-seer ARGS="--photos A B"    trains their large design on SmolLM2, best on a GPU (docs/cards/eyes.md)
#   make train-brush ARGS="--device cuda --finish 9"   trains our own painter again, in so many minutes (docs/cards/brush.md)
#   make PYTHON=/path/to/python3.12     another Python; 3.11 to 3.13
#   make PIP_ARGS="..."                 more arguments for pip. On Linux the newest torch of the public index brings
#                                       gigabytes of CUDA: name PyTorch's CPU index with --extra-index-url to do without
#
# Weights go to models.packs (VISAVIS_MODELS__PACKS), by default the user's data folder, and are shared by checkouts.

HOST ?= 127.0.0.1
PORT ?= 8600
ARGS ?=
PIP_ARGS ?=
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
  && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
QUIET := $(shell test -t 2 || echo --quiet)
PIP := $(BIN)/python -m pip install $(QUIET) --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
EXTRAS := dev,train,torch,whisper,piper,otel

.PHONY: setup run talk test bench sixty check format browser train-words train-eyes train-seer eval-eyes eval-brush clean

setup: $(VENV)/.base
	@$(BIN)/visavis models pull

run: setup
	@$(BIN)/visavis serve --host $(HOST) --port $(PORT) $(ARGS)

talk: setup  # a spoken conversation on a machine without a microphone
	@$(BIN)/visavis models pull recordings
	@$(BIN)/python -m visavis_client.demonstration $(ARGS)

bench: $(VENV)/.all
	@$(BIN)/visavis models pull --all
	@$(BIN)/python -m visavis_client.bench $(ARGS)

sixty: $(VENV)/.all  # what is answered to sixty questions, by the model alone and by the whole agent
	@$(BIN)/visavis models pull
	@$(BIN)/python -m tests.sixty $(ARGS)

test: $(VENV)/.all browser
	@$(BIN)/visavis models pull --all
	@if command -v node >/dev/null; then node --test client/web/*.test.js; \
	else echo "node is not installed: the page's own unit tests are left out"; fi
	@$(BIN)/python -m pytest $(ARGS)

train-words: $(VENV)/.all  # figures, curves and checkpoints are kept in out/words; docs/cards/words.md
	@$(BIN)/visavis models pull smollm2-135m
	@nice -n 19 $(BIN)/python -m visavis_models.training.words $(ARGS)

# One thread: with more, OpenBLAS and OpenMP wait for each other by spinning wherever other work runs beside them.
train-eyes eval-eyes: export OPENBLAS_NUM_THREADS = 1

train-eyes: $(VENV)/.all  # figures, curves and checkpoints are kept in out/eyes; docs/cards/eyes.md
	@$(BIN)/visavis models pull efficientnet-lite0 minilm
	@nice -n 19 $(BIN)/python -m visavis_models.training.eyes $(ARGS)

train-seer: $(VENV)/.all  # weights and figures are kept in out/seer; docs/cards/eyes.md
	@$(BIN)/visavis models pull smollm2-135m efficientnet-lite0
	@nice -n 19 $(BIN)/python -m visavis_models.training.seer $(ARGS)

eval-eyes: $(VENV)/.all  # the table of docs/cards/eyes.md, with the same --photos
	@$(BIN)/visavis models pull
	@$(BIN)/python -m visavis_models.training.eyes_eval $(ARGS)

eval-brush: $(VENV)/.all  # the 64 requests, by any painter; with the --packages of its training
	@$(BIN)/visavis models pull
	@$(BIN)/python -m visavis_models.training.brush_eval $(ARGS)

DRAWINGS := @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5 @iconify-json/fluent-emoji-flat@1.2.6 emojibase-data@17.0.0

.PHONY: train-brush
train-brush: $(VENV)/.all  # figures, curves, sample sheets and checkpoints are kept in out/brush; docs/cards/brush.md
	@$(BIN)/visavis models pull minilm
	@mkdir -p out/brush-packages && cd out/brush-packages && npm install --no-audit --no-fund --ignore-scripts $(DRAWINGS)
	@nice -n 19 $(BIN)/python -m visavis_models.training.brush_bank out/brush-bank
	@nice -n 19 $(BIN)/python -m visavis_models.training.brush $(ARGS)
	@nice -n 19 $(BIN)/python -m visavis_models.training.brush_finish

check: $(VENV)/.all
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: $(VENV)/.all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser:  # the tests hold conversations in real ones; Firefox only where it is to be had
	@command -v firefox-esr firefox >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing firefox-esr"; \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends firefox-esr >/dev/null; \
	else false; fi || echo "Firefox is not installed: its tests are left out" >&2
	@command -v chromium >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing chromium"; \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; \
	else echo "the tests need Chromium: install it so that 'chromium' is found, then run make again" >&2; exit 1; fi

clean:  # everything but the weights
	rm -rf $(VENV) out dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "visavis needs Python 3.11, 3.12 or 3.13 with venv (on Debian and Ubuntu: the" \
	  "package python3-venv); if you have one elsewhere: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip

# The stamps: repeated runs install nothing unless the dependencies have changed.
$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing packages into $(VENV), some minutes the first time"
	@began=$$(date +%s) && $(PIP) -e . && touch $@ && \
	echo "packages: $$(du -sm $(VENV) | cut -f1) MB in $(VENV), $$(($$(date +%s) - began)) s"

$(VENV)/.all: $(VENV)/.base
	@echo "installing what tests and other backends need"
	@began=$$(date +%s) && $(PIP) -e '.[$(EXTRAS)]' && touch $@ && \
	echo "packages: $$(du -sm $(VENV) | cut -f1) MB in $(VENV), $$(($$(date +%s) - began)) s"
