# Every target that a person runs carries its help on its own line, after `##`.

# Leave PYTHON empty to take the first suitable interpreter: 3.11, 3.12 or 3.13 with venv.
PYTHON ?=
BIN := .venv/bin
# Pyright's wrapper otherwise asks the npm registry for a newer version at every run.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install test check format test-long coverage demo bench lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: .venv/.installed  ## Build .venv with everything that the lock names

# Asks each interpreter to import what it needs: a name on the path may be an empty shim, and Debian
# ships python3.11 without ensurepip unless python3.11-venv is installed.
SUITABLE := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
define ensure_venv
@set -e; \
if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	found=; \
	for python in $(or $(PYTHON),python3.11 python3.12 python3.13); do \
		if "$$python" -c "$(SUITABLE)" >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Laurels needs Python 3.11, 3.12 or 3.13 with venv;" \
			"on Debian: apt-get install python3.11 python3.11-venv make git" >&2; \
		exit 1; \
	fi; \
	echo "Building .venv with $$("$$found" --version)"; \
	"$$found" -m venv --clear .venv; \
fi
endef

.venv/.installed: requirements.lock pyproject.toml
	$(ensure_venv)
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

test: check  ## Run the checks, then the tests (works right after a clone)
	$(BIN)/python -m pytest

check: install  ## Check format, lint, types and the layers' imports
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

format: install  ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix --quiet --exit-zero .
	$(BIN)/ruff format .

test-long: install  ## Run all tests, the long ones too, with fresh random examples
	LAURELS_LONG=1 $(BIN)/python -m pytest -m "long or not long"

coverage: install  ## Run the tests and show the lines that none of them reached
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

demo: install  ## Run the demo; GIT=path plays the history of that repository
	$(BIN)/python -m bench.demo $(GIT)

bench: install  ## Measure Laurels on this machine
	$(BIN)/python -m bench

# In a virtual environment of its own, so that uv is not a dependency. --no-config: the hashes are
# those of the public index, whatever this machine is set to. UPGRADE=--upgrade moves to the newest.
# The client `trophy` asks for two modules of the standard library as packages of the index, of which
# no release installs here: they are overridden away, and `install` takes the lock as it stands.
lock:  ## Write requirements.lock from pyproject.toml (UPGRADE=--upgrade: newest versions)
	$(ensure_venv)
	@set -e; directory=$$(mktemp -d); trap 'rm -rf "$$directory"' EXIT; \
	$(BIN)/python -m venv "$$directory"; \
	"$$directory/bin/python" -m pip --quiet --disable-pip-version-check install uv; \
	printf "%s; python_version < '3'\n" dataclasses typing >"$$directory/overrides.txt"; \
	env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
		"$$directory/bin/uv" pip compile --quiet --no-config --system-certs --universal \
		--python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links $(UPGRADE) \
		--overrides "$$directory/overrides.txt" \
		--group dev pyproject.toml --output-file requirements.lock

clean:  ## Remove .venv, caches and what the tests left
	rm -rf .venv .test-data .coverage htmlcov dist
	rm -rf .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find engine persistence api bench tests -name __pycache__ -prune -exec rm -rf {} +
