# Everything starts here: `make` says what there is.
PYTHON ?= python3
PY := .venv/bin/python
BOOTSTRAP := $(PYTHON) portal/local/bootstrap.py

# What a production installation would set; the addresses are never used, so nobody needs to answer there.
PRODUCTION := DATABASE_URL=postgres://slipway@127.0.0.1:9/slipway REDIS_URL=redis://127.0.0.1:9/0 \
  SECRET_KEY=lint-$$(printf '%.0sqx7Ze9Lk2' 1 2 3 4 5 6 7 8) SLIPWAY_KEYS=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= \
  ALLOWED_HOSTS=slipway.example HTTPS=1 DEBUG=0 SLIPWAY_HOME=$(CURDIR)/.venv/no-home

.DEFAULT_GOAL := help
.PHONY: help run lint test check security chaos chaos-long bench kubernetes lock .python .installed-dev

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8001 and SLIPWAY_HOME=folder choose where make run listens and keeps its data (8000, .slipway)."

run: .python  ## Start Slipway with a demo on this machine; Ctrl-C stops it
	@$(BOOTSTRAP) run

lint: .installed-dev  ## Check style, types, layers, templates, settings, migrations and house rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PRODUCTION) $(PY) -m mypy portal tenants apps_mgmt releases
	$(PRODUCTION) $(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -m djlint templates --check --quiet
	$(PY) -m djlint templates --lint --quiet
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m tests.services $(PY) manage.py makemigrations --check --dry-run
	$(PY) -m pytest tests/house -q

test: .installed-dev  ## Run all tests on a private PostgreSQL and Valkey
	$(PY) -m tests

check: lint test  ## lint, then test: what has to be green before a change goes in

security: .installed-dev  ## Run at length what make test tries briefly: races, changes of the log, role edits, calls, secrets
	QUOTA_ROUNDS=200 AUDIT_MUTATIONS=1000 ROLE_EDITS=200 SCHEMA_EXAMPLES=40 EVERY_KIND=1 $(PY) -m pytest \
	  -n auto --dist loadfile --no-loadscope-reorder \
	  tests/operations/test_quota_race.py tests/operations/test_audit_mutations.py tests/access \
	  tests/browser/test_secrets_nowhere.py

chaos: .installed-dev  ## Kill, stop, empty and repeat whatever there is under load, and count what came of it
	$(PY) -m tests.chaos

chaos-long: .installed-dev  ## Let 20,000 histories of releases happen at random, and say how many broke an invariant
	EVERY_BUG=1 $(PY) -m pytest -q -n auto --dist load tests/histories/test_machine_bugs.py tests/histories/test_outbox_bugs.py
	$(PY) -m tests.histories

bench: .installed-dev  ## Measure, and print a table (python -m tests.bench --only suite times the tests)
	$(PY) -m tests.bench

kubernetes: .installed-dev  ## Build a real control plane for the tests, once (needs Go; KUBERNETES_ASSETS=folder)
	@$(PY) -m portal.local.kubernetes.building

lock: .installed-dev  ## Pin the newest allowed versions into requirements.txt and requirements-dev.txt
	@command -v uv >/dev/null || $(PY) -m pip install --quiet uv
	PATH="$(CURDIR)/.venv/bin:$$PATH" UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --upgrade --universal \
	  --python-version 3.11 --generate-hashes requirements.in --output-file requirements.txt
	PATH="$(CURDIR)/.venv/bin:$$PATH" UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --upgrade --universal \
	  --python-version 3.11 --generate-hashes requirements-dev.in --output-file requirements-dev.txt

.python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on this machine. Install Python 3.11 or newer," \
	  "or name one: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Slipway needs Python 3.11 or newer; this" \
	  "is $$($(PYTHON) -V 2>&1). Install a newer one, or name one: make run PYTHON=python3.11" >&2; exit 1; }

.installed-dev: .python
	@$(BOOTSTRAP) --dev
