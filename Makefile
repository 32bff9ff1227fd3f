# Two commands to know: `make run` and `make test`. The rest is listed by `make help`.
# What the product can do is `flask --app app --help`; here is only what must be there before it.

VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/python -m crm
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
export HOST ?= 127.0.0.1
export PORT ?= 8000
# Where it is set, every process would compile every module anew: half of a start.
unexport PYTHONDONTWRITEBYTECODE

PO := $(wildcard crm/i18n/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
AS_ROOT := test "$$(id -u)" = 0 && command -v apt-get >/dev/null

.PHONY: help environment run demo test crawl firefox format lint bench chaos screenshots mission translations lock clean bytecode chromium
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

environment: $(VENV)/runtime.stamp $(MO) bytecode ## what a server needs, without starting it

run: environment ## environment, migration, server; prints the address (HOST, PORT)
	@exec $(FLASK) serve

demo: environment ## a company with invented data and its sign-ins, then the server
	@$(FLASK) demo
	@exec $(FLASK) serve

test: $(VENV)/tests.stamp $(MO) bytecode chromium lint ## everything: both databases, browser included (TESTS=… for some)
	$(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

crawl: $(VENV)/tests.stamp $(MO) chromium ## every page in every width, language and theme: what axe finds
	EVERY=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests/browser/test_every_page.py \
		tests/browser/test_stored_scripts.py

firefox: $(VENV)/tests.stamp $(MO) chromium ## an alert's whole loop in Firefox, from a form to the tap
	@command -v firefox-esr firefox >/dev/null && ldconfig -p | grep -q libnotify.so \
		|| { $(AS_ROOT) && apt-get update -qq && apt-get install -y -qq --no-install-recommends \
		firefox-esr libnotify4 dbus-daemon; } || echo 'Missing: apt install firefox-esr libnotify4 dbus-daemon'
	EVERY=1 $(BIN)/python -m pytest -s tests/browser/test_loop_in_firefox.py

format: $(VENV)/tests.stamp ## put Python in its usual shape
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

lint: $(VENV)/tests.stamp ## style, types, layers, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --quiet --lint templates

bench: $(VENV)/tests.stamp $(MO) chromium ## the figures, beside the floor where BENCH names its scripts
	$(BIN)/python -m tests.bench

chaos: $(VENV)/tests.stamp $(MO) ## captures under thousands of faults, both databases (QUICK=1, ONLY=…, SEED=…)
	$(BIN)/python -m tests.chaos

screenshots: $(VENV)/tests.stamp $(MO) chromium ## every screen, both languages, into docs/screenshots
	$(BIN)/python -m tests.browser.screenshots

mission: $(VENV)/tests.stamp $(MO) ## which numbers of the mission a passing test shows
	$(BIN)/python -m pytest -n 2 --dist worksteal -m mission --mission --quiet

translations: $(VENV)/runtime.stamp ## collect new strings into every catalogue
	@$(BIN)/pybabel -q extract -F crm/i18n/babel.cfg -k N_ -k pgettext:1c,2 --no-location --sort-output \
		--omit-header -o $(VENV)/messages.pot .
	@$(BIN)/pybabel -q update -i $(VENV)/messages.pot -d crm/i18n/translations --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date
	@# Dates and tool names would change on every run and say nothing.
	@sed -i -E '/^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By)/d' $(PO)
	@grep -c '^msgid' $(PO)

lock: $(VENV)/tests.stamp ## pin what pyproject.toml asks for, with hashes
	$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip compile --quiet pyproject.toml -o requirements.txt
	{ echo '-r ../requirements.txt'; $(BIN)/uv pip compile --quiet --group tests -c requirements.txt \
		$$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.txt); } > tests/requirements.txt

clean: ## remove what was built; never the data folder
	rm -rf $(VENV) $(MO) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find crm tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed: apt install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(AS_ROOT) && apt-get update -qq \
		&& apt-get install -y -qq python3-venv; } \
		|| { echo "$(PYTHON) cannot make environments: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.txt | $(BIN)/pip
	@echo 'Installing what Hamrah needs …'
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/tests.stamp: tests/requirements.txt $(VENV)/runtime.stamp
	@echo 'Installing what the tests need …'
	@$(PIP_INSTALL) -r tests/requirements.txt
	@touch $@

# The account that serves may not be allowed to write here.
bytecode: $(VENV)/runtime.stamp
	@$(BIN)/python -m compileall -q app.py crm migrations

%.mo: %.po | $(VENV)/runtime.stamp
	@$(BIN)/pybabel --quiet compile -i $< -o $@

chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { $(AS_ROOT) && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
		|| echo 'Missing: Chromium (apt install chromium). Without it the browser stories cannot run.'
