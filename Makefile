# Everything a contributor types. No tool but make and Python 3.11 has to be there; uv is used where it is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test check format bench fuzz chaos-kill chaos-streams chaos-publish chaos-power chaos-wal release clean lock

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python 3.11 $(VENV) && \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock && \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install --quiet --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@$(BIN)/python -m compileall -q src # or every process would compile what it imports where Python may not keep it
	@touch $@

demo: install
	@$(BIN)/wardwise demo

# The tests need the developers' tools besides; they come from a lock of their own.
$(VENV)/.tools: $(VENV)/.installed requirements-dev.lock
	@if command -v uv >/dev/null 2>&1; then \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock ; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock ; \
	fi
	@touch $@

test: $(VENV)/.tools
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup $(TESTS)

check: $(VENV)/.tools
	@$(BIN)/ruff format --check --quiet . && echo "format    ok"
	@$(BIN)/ruff check --quiet . && echo "lint      ok"
	@$(BIN)/mypy --no-error-summary && echo "types     ok"
	@$(BIN)/lint-imports --no-cache >/tmp/wardwise-imports.$$$$ 2>&1 && echo "imports   ok" || { cat /tmp/wardwise-imports.$$$$; exit 1; }
	@$(BIN)/python tools/house.py && echo "house     ok"
	@$(BIN)/deptry src 2>/dev/null && echo "packages  ok" || { $(BIN)/deptry src; exit 1; }
	@$(BIN)/vulture && echo "dead code ok"

format: $(VENV)/.tools
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

bench-%: $(VENV)/.tools
	@$(BIN)/python -m benches.$*

bench: $(VENV)/.tools
	@for bench in $$(ls benches/*.py | xargs -n1 basename | sed 's/.py$$//' | grep -v -e __init__ -e chaos_ -e release); do $(BIN)/python -m benches.$$bench; done

STORE ?= sqlite
chaos-kill: $(VENV)/.tools
	@$(BIN)/python -m benches.chaos_kill --store $(STORE)

chaos-streams: $(VENV)/.tools
	@$(BIN)/python -m benches.chaos_streams

chaos-publish: $(VENV)/.tools
	@$(BIN)/python -m benches.chaos_publish

chaos-power: $(VENV)/.tools
	@$(BIN)/python -m benches.chaos_power

chaos-wal: $(VENV)/.tools
	@$(BIN)/python -m benches.chaos_wal

# Fuzzing needs atheris besides, which is made for Linux only; it comes from a lock of its own.
$(VENV)/.fuzz: $(VENV)/.tools tools/fuzz.lock
	@if command -v uv >/dev/null 2>&1; then \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip install --quiet --compile-bytecode --require-hashes -r tools/fuzz.lock ; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/fuzz.lock ; \
	fi
	@touch $@

RUNS ?= 20000
fuzz: $(VENV)/.fuzz
	@$(BIN)/python -m benches.fuzz --runs $(RUNS) $(PARSERS)

# The long versions of what `make test` runs short, one after the other, and a table of how they went. `SHARE=0.01` runs
# a hundredth of each, to see that each runs.
SHARE ?= 1
release: $(VENV)/.fuzz
	@$(BIN)/python -m benches.release --share $(SHARE) $(PARTS)

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml tools/build.in -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra postgres -c requirements.lock pyproject.toml tools/build.in -o requirements-postgres.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra postgres --extra sftp --extra streams --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header tools/fuzz.in -o tools/fuzz.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header tools/fhir_server.in -o tools/fhir_server.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header tools/brokers.in -o tools/brokers.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
