# `make contract` and `make test` need nothing but Python 3.11 or later; everything is in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AXIOS := 1.21.1
# pytest keeps the modules that it rewrites; without that each run starts seconds later.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: contract contracts test proofs services lint record schemas wheel bench proof axios lock clean help

contract: $(VENV)/ready  ## run the suite on the embedded service (report: build/report/index.html)
	$(BIN)/python -m pytest --report-dir build/report

test: $(VENV)/ready  ## run the suite and the suite's own tests
	$(BIN)/python -m pytest tests/contract tests/suite tests/docs tests/proof -n 2

proofs: $(VENV)/ready  ## run every case of the proofs (make test runs a sample)
	$(BIN)/python -m pytest tests/proof --whole -n 2

contracts: $(VENV)/ready  ## run the suite on the embedded service, for every contract
	@for contract in $$($(BIN)/python -c 'from contracts.spec.load import names; print(*names())'); do \
		$(BIN)/python -m pytest -q --contract $$contract || exit 1; done

lint: $(VENV)/ready  ## check style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

record: $(VENV)/ready  ## record the cassettes anew from the embedded service
	$(BIN)/python -m pytest --record-mode=rewrite

schemas: $(VENV)/ready  ## write schemas/ anew from the contract
	$(BIN)/python -m contracts schemas

wheel: $(VENV)/ready  ## build sdist and wheel, install the wheel by itself, and try it
	rm -rf build/dist build/venv-wheel
	$(BIN)/python -m build --no-isolation --outdir build/dist
	$(BIN)/python -m venv build/venv-wheel
	build/venv-wheel/bin/python -m pip install --quiet --constraint constraints.txt build/dist/*.whl
	$(BIN)/python -m pytest tests/wheel

bench: $(VENV)/ready  ## measure, and write docs/performance.md
	$(BIN)/python -m benchmarks.performance

proof: $(VENV)/ready  ## measure what the suite notices, beside schemathesis; writes docs/proof.md
	$(BIN)/python -m benchmarks.proof $(PROOF)

services: $(VENV)/ready build/services/ready  ## run the suite on services that share no code with it
	$(BIN)/python -m pytest tests/services -n 2 $(SERVICES)

# A venv of their own, so that the frameworks do not disturb the project's.
build/services/ready: pyproject.toml Makefile
	$(PYTHON) -m venv build/services/venv
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["services"], sep="\n")' > build/services/requirements.txt
	build/services/venv/bin/python -m pip install --quiet --requirement build/services/requirements.txt
	if command -v npm >/dev/null; then npm install --prefix build/services/node --no-package-lock \
		--no-audit --no-fund --loglevel=error express@5 better-sqlite3@12; fi
	@touch $@

axios: build/node/node_modules/axios  ## get axios (with npm), so that the examples in JavaScript are tested, too

build/node/node_modules/axios: Makefile
	@mkdir -p build/node
	npm install --prefix build/node --no-audit --no-fund --loglevel=error axios@$(AXIOS)
	@touch $@

lock: $(VENV)/ready  ## write constraints.txt anew from what is installed
	$(BIN)/pip freeze --exclude-editable > constraints.txt

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

clean:  ## remove what was installed and built
	rm -rf $(VENV) build

$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it with PYTHON=…" >&2; exit 1; }
	@echo "installing into $(VENV); this takes about half a minute"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@
