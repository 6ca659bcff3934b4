# One word runs it: `make` (lint, then every test), `make fast`, `make docs` …
# An environment that is missing or older than pyproject.toml is made first; nothing else needs to be installed.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest -q -n auto

.PHONY: all test fast lint docs coverage

all: lint test

# every test, the real Anki and Typst included
test: .venv/made
	$(PYTEST)

# what takes less than a minute
fast: .venv/made
	$(PYTEST) -m "not slow"

# style, layout, types, and which module may import which
lint: .venv/made
	.ci/lint

# what README, CONTRIBUTING and the pages of the rules say
docs: .venv/made
	$(PYTEST) tests/test_docs.py tests/test_explanations.py

# every test, and the lines of the package that none of them runs
coverage: .venv/made
	$(PYTEST) --cov

.venv/made: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e '.[test]'
	touch $@
