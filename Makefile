# Deux commandes suffisent : « make run » et « make test ». Tout s'installe dans .venv.
# LOCKED=1 n'installe que les fichiers de requirements.lock, empreintes vérifiées.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT
PIP := pip install --quiet --disable-pip-version-check
INSTALLED := $(VENV)/.installed$(if $(LOCKED),-locked)

.PHONY: run demo test check install dev browser bench fuzz lock sbom clean

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
	$(BIN)/$(PIP) -e '.[benchmarks]'
	test -x $(VENV)-peers/bin/python || $(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/$(PIP) 'dlt[sqlalchemy]>=1.31,<2' 'duckdb>=2,<3' 'pyarrow>=26,<27' 'sqlite-utils>=4.2,<5'
	$(BIN)/python -m benchmarks.validation
	$(BIN)/python -m benchmarks.harvest --peer $(VENV)-peers/bin/python
	$(BIN)/python -m benchmarks.push --peer $(VENV)-peers/bin/python

# Refait le verrou : toutes les dépendances, à leur version la plus récente permise par setup.cfg.
fuzz: dev
	$(BIN)/python -m benchmarks.fuzz --cases 20000

lock:
	test -x $(VENV)-lock/bin/python || $(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/$(PIP) 'pip-tools>=7.6,<8'
	CUSTOM_COMPILE_COMMAND='make lock' $(VENV)-lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras \
		--allow-unsafe --all-build-deps --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.lock setup.cfg

# La nomenclature (CycloneDX) de ce qu'une version installe, écrite depuis un environnement fait du verrou seul.
sbom:
	$(MAKE) install LOCKED=1 VENV=$(VENV)-locked
	$(VENV)-locked/bin/python -m tests.materials sbom.cdx.json

install: $(INSTALLED)
dev: $(VENV)/.dev
browser: dev
	@sh .ci/browser

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python setup.cfg pyproject.toml
	$(BIN)/$(PIP) -e .
	$(BIN)/python -m compileall -q hub connectors schemas
	touch $@

$(VENV)/.installed-locked: $(VENV)/bin/python requirements.lock
	$(BIN)/$(PIP) --require-hashes -r requirements.lock
	$(BIN)/$(PIP) --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q hub connectors schemas
	touch $@

$(VENV)/.dev: $(INSTALLED)
	$(BIN)/$(PIP) -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-* build *.egg-info
