# Everything a checkout needs. `make` alone lists the targets.
# Set-up happens by itself: a fresh Debian or Ubuntu with Python 3.11+ and make is enough.

.DEFAULT_GOAL := help
.PHONY: help run test test-bluesky check lint types imports licences collect docs bench growth storm train evaluate research voice ways stories torture machines playground wordpress pictures lock audit clean
SHELL := /bin/bash
# Each of the many processes that tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PY := $(BIN)/python
# Tests mostly wait, for servers and for time: two workers a core.
WORKERS := $(shell expr 2 \* $$(nproc 2>/dev/null || echo 2))
CHECKS := $(MAKE) --no-print-directory -j$(shell nproc 2>/dev/null || echo 2) --output-sync=target types lint imports licences

help: ## What can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

run: ## Start Twoway against its sandbox: set-up included, no account needed
	@scripts/venv.sh run
	@$(BIN)/twoway sandbox

test: ## All tests, each in one of its ways, with a tenth of the random runs
	@scripts/venv.sh dev
	@$(MAKE) --no-print-directory collect
	@TWOWAY_WAYS=one $(PY) -m pytest -q -n $(WORKERS) --no-loadscope-reorder

test-bluesky: ## Bluesky against a whole network made by others (installs it: Node 22, needs Redis and PostgreSQL)
	@scripts/venv.sh dev
	@scripts/bluesky-network.sh
	@TWOWAY_BLUESKY_NETWORK=$(CURDIR)/build/bluesky-network TWOWAY_REQUIRE=bluesky \
		$(PY) -m pytest -q --timeout=600 tests/live/test_bluesky_network.py

check: ## Lint, types, who imports whom, licences of what we depend on
	@scripts/venv.sh dev
	@$(CHECKS)

lint:
	@$(BIN)/ruff check .

types:
	@$(BIN)/mypy

imports:
	@scripts/quiet.sh "imports" $(BIN)/lint-imports --no-logo

licences:
	@$(PY) scripts/licences.py

# Compiles what the tests import, once: the workers begin at the same time.
collect:
	@scripts/quiet.sh "tests are found" $(PY) -m pytest -q --collect-only

docs: ## Make the documentation into a site: build/docs/site
	@scripts/venv.sh run
	@scripts/docs.sh

bench: ## Measure, print the table and write docs/benchmarks.md
	@scripts/venv.sh dev
	@$(PY) -m bench

train: ## Train the heads that come with Twoway anew (needs the sets; docs/reference/reader.md)
	@scripts/venv.sh dev
	@$(PY) scripts/train.py

evaluate: ## Judge the reader on labelled posts: SET=path, a file or a folder; MOST=1000 of each; CORRECTIONS=100
	@scripts/venv.sh dev
	@$(PY) scripts/evaluate.py $(if $(SET),"$(SET)") $(if $(MOST),--most $(MOST)) \
		$(if $(CORRECTIONS),--corrections $(CORRECTIONS))

research: ## What a head would know of ideas that learnt from sets which may not be shipped: TRAIN, DEV, JUDGE, SHARE
	@scripts/venv.sh dev
	@$(PY) scripts/research.py $(if $(TRAIN),--train "$(TRAIN)") $(if $(DEV),--dev "$(DEV)") \
		$(if $(JUDGE),--judge "$(JUDGE)") $(if $(SHARE),--share $(SHARE))

storm: ## 50,000 posts in 10 minutes, nearly all the same; POSTS=5000 MINUTES=1 for a short one
	@scripts/venv.sh dev
	@$(PY) -m bench.storm --posts $(or $(POSTS),50000) --minutes $(or $(MINUTES),10) $(if $(POSTS),,--write)

growth: ## What a million conversations cost: claim, queue, card, intake, search, beside ten thousand
	@scripts/venv.sh dev
	@$(PY) -m bench.growth

voice: ## Precision and recall of the voice check
	@scripts/venv.sh dev
	@$(PY) -m bench.voice

ways: ## What `make test` leaves out: the other database, the other way to hear, more of Teams and of each platform
	@scripts/venv.sh dev
	@TWOWAY_WAYS=rest $(PY) -m pytest -q -n $(WORKERS) --no-loadscope-reorder

stories: ## Each story over Socket Mode and over HTTP, on SQLite and on PostgreSQL
	@scripts/venv.sh dev
	@TWOWAY_RUNS=pairs $(PY) -m pytest -q -n $(WORKERS) --no-loadscope-reorder tests/stories

torture: ## The long runs: every random run, 200 kills
	@scripts/venv.sh dev
	@mkdir -p build && rm -f build/torture.txt
	@TWOWAY_RUNS=all TWOWAY_FIGURES=$(CURDIR)/build/torture.txt $(PY) -m pytest -q -n $(WORKERS) --no-loadscope-reorder -m "torture and not slow" --timeout=3000

machines: ## Ten minutes of four machines on one PostgreSQL, all of which die, freeze and crash; SHORT=1 for 90 seconds
	@scripts/venv.sh dev
	@mkdir -p build && rm -f build/machines.txt
	@TWOWAY_RUNS=$(if $(SHORT),,all) TWOWAY_FIGURES=$(CURDIR)/build/machines.txt $(PY) -m pytest -q -m slow --timeout=3000 tests/kills

playground: ## Install Microsoft's playground for Teams, which one part of the tests needs (node 20, npm)
	@scripts/playground.sh

wordpress: ## Install WordPress, which one part of the tests needs (npm, tar, php-cli, php-sqlite3)
	@scripts/wordpress.sh

pictures: playground ## Make the pictures of the documentation anew (needs chromium, node 20, npm)
	@scripts/venv.sh dev
	@TWOWAY_SCREENSHOTS=build/pictures $(PY) -m pytest -q tests/page tests/live/test_teams_playground.py
	@cp build/pictures/5-answered.png docs/pictures/newcomer.png
	@cp build/pictures/4-the-hold.png docs/pictures/hold.png
	@cp build/pictures/summary.png docs/pictures/summary.png
	@cp build/pictures/teams.png docs/pictures/teams.png

lock: ## Choose versions anew (needs uv) and write the lock files
	@scripts/lock.sh

audit: ## List known vulnerabilities of the locked versions, where osv.dev can be asked
	@python3 scripts/audit.py

clean: ## Remove what make made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache sandbox-data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
