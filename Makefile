# `make contract` and `make test` need nothing but Python 3.11 or later; everything is in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pytest keeps the modules that it rewrites; without that each run starts seconds later.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: contract test lint record schemas bench lock clean help

contract: $(VENV)/ready  ## run the suite on the embedded service
	$(BIN)/python -m pytest

test: $(VENV)/ready  ## run the suite and the suite's own tests
	$(BIN)/python -m pytest tests -n 2

lint: $(VENV)/ready  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

record: $(VENV)/ready  ## record the cassettes anew from the embedded service
	$(BIN)/python -m pytest --record-mode=rewrite

schemas: $(VENV)/ready  ## write schemas/ anew from the contract
	$(BIN)/python -m contracts schemas

bench: $(VENV)/ready  ## measure
	PYTHONPATH=. $(BIN)/python benchmarks/exchanges.py

lock: $(VENV)/ready  ## write constraints.txt anew from what is installed
	$(BIN)/pip freeze --exclude-editable > constraints.txt

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1  	/p' Makefile

clean:  ## remove what was installed and built
	rm -rf $(VENV) build

$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it with PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@
