.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

# Where it is set, every process would compile its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check lint lake lock bench docs dictionary faults clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

demo: .venv/ready ## the whole job on the bundled sample: load, build, study, judge, report
	@$(BIN)/marketwake demo

# mypy beside the tests; what it says comes after them. The first time, one process compiles what
# each worker of pytest would compile again.
test: lint ## everything that guards main: format, lint, types, tests
	@said=$$(mktemp); trap 'rm -f "$$said" "$$said.times"' EXIT; \
	$(BIN)/mypy >"$$said" 2>&1 & mypy=$$!; \
	ls tests/__pycache__/*pytest* >/dev/null 2>&1 || $(BIN)/pytest --collect-only -q >/dev/null; \
	$(BIN)/pytest --numprocesses auto --dist worksteal --durations 10; tests=$$?; \
	wait $$mypy; types=$$?; echo "mypy: $$(cat "$$said")"; times >"$$said.times"; \
	tr ms '  ' <"$$said.times" | awk '{s += $$1 * 60 + $$2 + $$3 * 60 + $$4} \
		END {printf "%.0f processor seconds for types and tests\n", s}'; \
	test $$tests = 0 && test $$types = 0

check: lint ## format, lint, order of rooms and types
	$(BIN)/mypy

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

LOCK = $(BIN)/uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras --no-annotate --quiet $(if $(UPGRADE),--upgrade) \
	--custom-compile-command 'make lock'

lock: .venv/ready ## bring both locks up to pyproject.toml; UPGRADE=1 takes the newest of everything
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra lake --group lake --output-file requirements-lake.lock

# What a shared lake is made of: DuckDB 1.5.5 with its extensions, PostgreSQL, S3. What the suite says of SQL,
# contracts and claims holds there too.
LAKE_TESTS = tests/lake tests/marts tests/coverage tests/checks tests/fact_check
lake: .venv-lake/ready ## the tests of a warehouse on DuckLake, and those of SQL, contracts and claims on its DuckDB
	.venv-lake/bin/pytest --numprocesses auto --dist worksteal --durations 10 $(LAKE_TESTS)

faults: .venv/ready ## hundreds of kills and faults, an hour at most; FAULTS="--kills 20 --faults 30" takes fewer
	POLARS_MAX_THREADS=1 $(BIN)/python -m tests.faults $(FAULTS)

bench: .venv/ready ## measure the work beside DuckDB alone, dlt and eventstudy; PARTS="load start" takes some
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --group bench
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks $(PARTS)

docs: export NO_MKDOCS_2_WARNING = 1
docs: .venv/ready ## the docs as a site of its own, site/index.html, that needs no network
	$(BIN)/mkdocs build --strict

dictionary: .venv/ready ## write sql/README.md from the comments in the SQL files
	$(BIN)/python -m marketwake.warehouse.dictionary

clean: ## remove the environments and everything that runs have written
	rm -rf .venv .venv-lake dist site warehouse/landing warehouse/published warehouse/reports warehouse/logs warehouse/state \
		warehouse/market.duckdb warehouse/writer.duckdb* warehouse/*.lock warehouse/held_back.json

# pip 23 takes minutes over a lock with hashes and stumbles over extras; uv installs it in seconds.
.venv/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "marketwake needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
		{ echo "no virtual environment could be made: on Debian, apt install python3-venv" >&2; exit 1; }
	@echo "installing into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<0.14'
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --requirement requirements.lock
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-lake/ready: pyproject.toml requirements-lake.lock .venv/ready
	@$(BIN)/python -m venv .venv-lake
	@echo "installing into .venv-lake ..."
	@$(BIN)/python -m uv pip install --quiet --python .venv-lake/bin/python --requirement requirements-lake.lock
	@$(BIN)/python -m uv pip install --quiet --python .venv-lake/bin/python --no-deps --no-build-isolation --editable .
	@touch $@
