# Deux commandes suffisent : « make run » et « make test ». Tout s'installe dans .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT

.PHONY: run demo test check install dev browser bench clean

run: install
	$(BIN)/hub load-founding
	$(BIN)/hub start

demo: install
	$(BIN)/hub demo

test: dev browser
	$(BIN)/pytest

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.migrations
	$(BIN)/python -m tests.dependencies

bench: dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[benchmarks]'
	test -x $(VENV)-peers/bin/python || $(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/pip install --quiet --disable-pip-version-check 'dlt[sqlalchemy]>=1.31,<2' 'duckdb>=2,<3' 'pyarrow>=26,<27'
	$(BIN)/python -m benchmarks.validation
	$(BIN)/python -m benchmarks.harvest --peer $(VENV)-peers/bin/python

install: $(VENV)/.installed
dev: $(VENV)/.dev
browser: dev
	@sh .ci/browser

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python setup.cfg pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	$(BIN)/python -m compileall -q hub connectors schemas
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
