# What one does with Seconded from a checkout. `make` alone lists it.
# Everything is made below this directory: .venv (ours) and .demo (Synapse, Mailman).

PYTHON ?= python3
VENV := .venv
LOCK_VENV := .demo/lock
RUN := $(VENV)/bin/seconded.ready
DEV := $(VENV)/bin/tests.ready
BROWSER := $(VENV)/bin/browser.ready
PIP_INSTALL := $(VENV)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input
LOCKED := --require-hashes --only-binary :all: --requirement
PYTEST := $(VENV)/bin/python -m pytest
# The version of pip-tools need not be locked: it only writes the lock files.
PIP_COMPILE := $(LOCK_VENV)/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
SERVERS := $(addprefix bridge/demo/requirements-,synapse mailman setuptools)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test look check long score bench lock clean

help: ## List what can be made.
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

demo: $(RUN) ## Play the story on a real Synapse and Mailman, stay up until Ctrl-C (ONCE=1: do not stay).
	@$(VENV)/bin/seconded demo $(if $(filter-out 0,$(ONCE)),--once)

test: $(DEV) ## Run all tests in three stages: fast, real, crash.
	@echo "== 1 of 3: fast (no servers)"
	$(PYTEST) -m "not real and not crash and not long"
	@echo "== 2 of 3: real (Synapse and Mailman)"
	$(PYTEST) -m "real and not crash and not long"
	@echo "== 3 of 3: crash (the bridge is killed again and again)"
	$(PYTEST) -m "crash and not long"

look: $(BROWSER) ## Look at pages and messages in a browser (chromium; without it these tests are skipped).
	$(PYTEST) -rs $(wildcard tests/*/*_browser.py)

check: $(DEV) ## Check format, lint and types.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

score: $(DEV) ## Print how well mail is read (the samples: ../shared/corpora).
	@for score in replies forwarded interleaved threading_score; do \
		$(VENV)/bin/python tests/scoring/$$score.py && echo || exit 1; done

long: $(DEV) ## Run the tests with the large numbers (hours; not part of `make test`).
	$(PYTEST) -m long

bench: $(DEV) ## Measure speed, CPU and memory beside real servers (minutes; FULL=1: everything, hours).
	@$(VENV)/bin/python tests/bench/run_bench.py $(if $(filter-out 0,$(FULL)),--full) \
		$(if $(ONLY),--only $(ONLY))
	@$(VENV)/bin/python tests/scoring/bench.py

lock: ## Write the locked requirements anew (needs the package index).
	$(PYTHON) -m venv $(LOCK_VENV)
	$(LOCK_VENV)/bin/python -m pip install --quiet pip-tools
	$(foreach lock,$(SERVERS),$(call compile,$(lock).txt $(lock).in))
	$(call compile,requirements.txt --build-deps-for editable pyproject.toml)
	$(call compile,requirements-dev.txt --build-deps-for editable --extra dev \
		--constraint requirements.txt pyproject.toml)
	$(call compile,requirements-browser.txt --extra browser \
		--constraint requirements-dev.txt pyproject.toml)

clean: ## Remove everything that was made here.
	rm -rf $(VENV) .demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find bridge handlers tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What runs the bridge and the demo. --no-deps and no isolation: nothing comes from outside the lock.
$(RUN): requirements.txt pyproject.toml
	@$(call make-venv)
	@echo "installing what is locked in $< (once)"
	@$(PIP_INSTALL) $(LOCKED) $<
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# The same and the tools; its lock holds requirements.txt to the letter.
$(DEV): requirements-dev.txt $(RUN)
	@echo "installing what is locked in $< (once)"
	@$(PIP_INSTALL) $(LOCKED) $<
	@touch $@

# What leads the browser; the browser itself is the system's.
$(BROWSER): requirements-browser.txt $(DEV)
	@echo "installing what is locked in $< (once)"
	@$(PIP_INSTALL) $(LOCKED) $<
	@touch $@

define make-venv
test -x $(VENV)/bin/pip || { \
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version)' || exit 1; \
	echo "making $(VENV)"; \
	said=$$($(PYTHON) -m venv --clear $(VENV) 2>&1) || { \
		rm -rf $(VENV); echo "$$said"; \
		echo "No virtual environment could be made. On Debian or Ubuntu: apt install python3-venv"; \
		exit 1; }; }
endef

define compile
CUSTOM_COMPILE_COMMAND="make lock" $(PIP_COMPILE) --output-file $(1)

endef
