# `make run` serves the site with its demonstration; `make test` runs every test. Both bring their own PostgreSQL and broker
# unless DATABASE_URL and REDIS_URL name others. Needs Python 3.11 or newer with its venv module; config/stack says what else is missing.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

BIN := .venv/bin
STACK := $(BIN)/python -m config.stack
MANAGE := $(BIN)/python manage.py
READY := .venv/ready
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" pyproject.toml

# For checks that read the settings and reach no server.
UNREACHED := DATABASE_URL=postgres://app@127.0.0.1/saisine REDIS_URL=redis://127.0.0.1/0
PRODUCTION := $(UNREACHED) DJANGO_SETTINGS_MODULE=config.settings.base EMAIL_URL=smtp://127.0.0.1:25 ALLOWED_HOSTS=saisine.example \
	SITE_URL=https://saisine.example SECURITY_CONTACT=mailto:securite@saisine.example DEFAULT_FROM_EMAIL=saisine@saisine.example \
	$(foreach name,HEALTH_KEYS SEALING_KEYS,$(name)=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(32))')) \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))')

.PHONY: run test check audit scan bench lighthouse mutants tour migrations messages lock clean
.DELETE_ON_ERROR:

run: $(READY)
	@$(STACK) run --port $(PORT)

# With Node and npm the providers of identity are tested against a real one; without, those tests say that they were left out.
test: $(READY) $(if $(shell command -v npm),tests/providers/node_modules/ready)
	@$(STACK) test -- $(ARGS)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(UNREACHED) $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	$(STACK) exec -- $(MANAGE) makemigrations --check --dry-run
	$(BIN)/python -m tests.catalogues
	@$(MAKE) --no-print-directory audit

# Known weaknesses of what the lock pins; loud where nobody could be asked.
audit: $(READY)
	@$(BIN)/python -m config.audit requirements-dev.lock

# A scanner against the whole site, as a stranger, a student, an institution and the office. Needs wapiti: apt-get install --no-install-recommends wapiti
scan: $(READY)
	@command -v wapiti > /dev/null || { echo "wapiti is not installed. As root: apt-get install --yes --no-install-recommends wapiti"; exit 1; }
	@$(STACK) exec -- $(BIN)/python -m tests.scan

# One of the references turns every warning on, unless they were chosen before.
bench: $(READY)
	@$(STACK) exec -- $(BIN)/python -W ignore::ResourceWarning -m tests.benchmarks

# Five named pages held against Lighthouse. Needs Node and npm.
lighthouse: $(READY) tests/lighthouse/node_modules/ready
	@$(STACK) exec -- $(BIN)/python -m tests.lighthouse

tests/%/node_modules/ready: tests/%/package-lock.json
	@command -v npm > /dev/null || { echo "Node and npm are not installed. As root: apt-get install --yes nodejs npm"; exit 1; }
	@cd tests/$* && npm ci --no-audit --no-fund --silent
	@touch $@

# Mutation testing of the pure rules: which changes of them would no test of theirs notice?
mutants: $(READY)
	$(UNREACHED) $(BIN)/mutmut run
	$(BIN)/mutmut results

# The README's pictures, taken anew on the way of the browser's journey.
tour: $(READY)
	@TAKE_PICTURES=yes $(STACK) test -- tests/browser --numprocesses 0

migrations: $(READY)
	@$(STACK) exec -- $(MANAGE) makemigrations $(ARGS)

# The English catalogue: its messages anew from the sources, and compiled. What is not translated yet, `make check` names.
messages: $(READY)
	@command -v msgfmt > /dev/null || { echo "gettext is not installed. As root: apt-get install --yes gettext"; exit 1; }
	$(UNREACHED) $(MANAGE) makemessages --locale en --no-wrap --no-obsolete --add-location file --ignore .venv --ignore var --ignore mutants \
	  --ignore tests --ignore templates/admin
	@sed -i -e '/^"POT-Creation-Date/d' -e '/^"Report-Msgid-Bugs-To/d' locale/en/LC_MESSAGES/django.po
	$(UNREACHED) $(MANAGE) compilemessages --locale en --ignore .venv

lock: $(READY)
	$(COMPILE) --output-file requirements.lock $(ARGS)
	$(COMPILE) --group dev --output-file requirements-dev.lock $(ARGS)

# The data of `make run` (var/) and the environment go; the next `make run` starts from nothing.
clean:
	rm -rf .venv var mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip installs the one installer that the lock pins, which installs the rest; where it cannot (it reads none of pip's settings), pip does.
$(READY): requirements-dev.lock
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is not installed. Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0] + ". Another one: make PYTHON=python3.12 …")'
	@$(PYTHON) -c 'import ensurepip' || { echo "This Python lacks its venv module. As root: apt-get install --yes python3-venv"; exit 1; }
	@echo "Installing into .venv"
	@$(PYTHON) -m venv .venv
	@awk '/^uv==/ {wanted = 1; print; next} /^[^ ]/ {wanted = 0} wanted' requirements-dev.lock > .venv/uv.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements-dev.lock \
	  || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@
