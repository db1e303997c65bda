# Everything starts here: `make study` and `make test` set themselves up with Python 3.11, make and git.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
LOOPS := $(VENV)/.loops
JOBS ?= 2

.PHONY: help env study test test-fast lint types layers check texts lab app docs bench clean

help:
	@echo "make study      the whole study on the embedded city -> results/study/report.html"
	@echo "make test       all tests            make test-fast  the tests that take seconds"
	@echo "make check      lint, types, layers  make env        only the environment"
	@echo "make app        the dashboard, on 127.0.0.1 only"
	@echo "make lab        JupyterLab           make bench      the benchmarks"
	@echo "make texts      the catalogues of texts sorted, and what has no Chinese yet"
	@echo "make docs       the documentation    -> build/site/index.html"

env: $(LOOPS)

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[geo,slides,notebooks,app,cluster,docs,dev]'
	@touch $(STAMP)

$(LOOPS): $(STAMP)
	@echo "compiling, once"
	$(BIN)/python -m study.evaluation.precompile
	@touch $(LOOPS)

study: $(LOOPS)
	$(BIN)/fusion study --out results/study --jobs $(JOBS)

test: $(LOOPS)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal

test-fast: $(LOOPS)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal -m "not slow"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

check: lint types layers

texts: $(STAMP)
	$(BIN)/python -m study.presentation.catalogues

lab: $(LOOPS)
	$(BIN)/jupyter lab --ip 127.0.0.1 notebooks

docs: $(STAMP)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/site
	@echo "build/site/index.html"

app: $(LOOPS)
	$(BIN)/fusion app --jobs $(JOBS)

bench: $(LOOPS)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) results build *.egg-info
