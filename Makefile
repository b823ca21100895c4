# `make demo` and `make test` are all that a newcomer needs; each makes the environments it uses.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PYTHON
export SAM_CLI_TELEMETRY = 0

TOOLS := sh local/environments.sh
VENV := .venv/bin
AUTOBOOK := $(VENV)/autobook

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: tools
tools: ## the environments (.venv, .tools/sam, .tools/ministack), from pinned requirements
	@$(TOOLS) dev sam ministack

SHOWN = $(if $(INVOICES),--invoices "$(INVOICES)") $(if $(RULES),--rules "$(RULES)") \
  $(if $(CONSUMERS),--consumers "$(CONSUMERS)")

.PHONY: demo
demo: tools ## the whole system on this machine, shown and checked; INVOICES=DIR, RULES=my-rules.yaml, CONSUMERS=billomat,hypatos
	@$(AUTOBOOK) demo $(SHOWN)

.PHONY: up
up: tools ## the same, and leave it running; KANBERT=https://… works on your own, writing nothing without WRITE=yes
	@$(AUTOBOOK) up $(SHOWN) $(if $(KANBERT),--kanbert "$(KANBERT)") $(if $(filter yes,$(WRITE)),--write)

.PHONY: down
down: ## stop what `make up` left running
	@if [ -x $(AUTOBOOK) ]; then $(AUTOBOOK) down; else echo "autobook: nothing is up"; fi

.PHONY: test
test: tools lint ## every test: lint, types, template, unit, adapters, handlers, end to end
	@$(VENV)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --ignore=tests/end_to_end
	@$(VENV)/python -m pytest tests/end_to_end

.PHONY: bench
bench: ## the rule engine beside its peers, with the ratios (many minutes; make bench QUICK=1 for a few)
	@$(TOOLS) bench
	@.tools/bench/bin/python -m tests.programs.bench.bench $(if $(QUICK),--quick)

.PHONY: mutants
mutants: ## change the rule engine in one small way at a time: does a test notice? (ONLY=parser.py for one module)
	@$(TOOLS) mutants
	@.tools/mutants/bin/python -m tests.programs.mutants $(if $(ONLY),--only $(ONLY))

.PHONY: fuzz
fuzz: ## Schemathesis against the Kanbert simulator (EXAMPLES=30 for each operation)
	@$(TOOLS) dev fuzz
	@$(VENV)/python -m tests.programs.fuzz.fuzz .tools/fuzz/bin/st $(or $(EXAMPLES),30)

.PHONY: browser-test
browser-test: ## the simulator's page and foreign pages in headless Chromium, which has to be there (CHROMIUM=/path/to/it)
	@$(TOOLS) dev
	@$(VENV)/python -m pytest tests/programs/browser/*_in_chromium.py

.PHONY: lint
lint: tools ## style, docstrings, spelling, types, template
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/codespell
	@$(VENV)/mypy
	@for app in functions/*/app.py local/environments.py; do $(VENV)/mypy $$app || exit 1; done
	@AWS_DEFAULT_REGION=eu-central-1 .tools/sam/bin/sam validate --lint
	@.tools/sam/bin/cfn-lint template.yaml

.PHONY: schemas
schemas: tools ## docs/schemas, docs/asyncapi.json and the examples of events, made again from the code
	@$(VENV)/python -m autobook_local.schemas
	@$(VENV)/python -m tests.event_examples

.PHONY: release-schemas
release-schemas: tools ## docs/schemas/v1 becomes what docs/schemas is; refused where it would break a consumer
	@$(VENV)/python -m autobook_local.schemas release

.PHONY: lock
lock: ## every requirements file, compiled again from its .in (make lock UPGRADE=1 for newer versions)
	@$(TOOLS) lock
	@for file in layers/*/requirements.in requirements/*.in; do echo "compiling $$file"; \
	  (cd "$$(dirname "$$file")" && "$(CURDIR)/.tools/lock/bin/pip-compile" --quiet --generate-hashes --strip-extras \
	  --allow-unsafe --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade) \
	  --output-file "$$(basename "$$file" .in).txt" "$$(basename "$$file")") || exit 1; done

.PHONY: clean
clean: down ## remove environments, builds and logs
	rm -rf .venv .tools .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: chaos
chaos: tools ## the whole system, everything going wrong; SEED=first N=how many DOCUMENTS=each PROFILE=id,id CONSUMERS=none
	@$(VENV)/python -m tests.programs.chaos.story $(or $(SEED),1) $(or $(N),$(if $(PROFILE),1,2000)) $(or $(DOCUMENTS),50) \
		$(or $(PROFILE),random) $(or $(CONSUMERS),random)

.PHONY: outage
outage: tools ## Kanbert away for 24 simulated hours; DOCUMENTS=2000
	@$(VENV)/python -m tests.programs.chaos.outage $(or $(DOCUMENTS),2000)

.PHONY: crash
crash: tools ## every use case, ended before and after every call it makes; PROFILE=id,id or all: as Kanbert may be
	@$(VENV)/python -m tests.programs.crash $(if $(PROFILE),--profile $(PROFILE))

.PHONY: worlds
worlds: tools ## one invoice's life, a fault and an edit at every call, all of it; DEPTH=1; STORIES=20000; PLANTED=1; WORLD='…'
	@$(VENV)/python -m tests.programs.worlds $(if $(DEPTH),--depth $(DEPTH)) $(if $(SCENE),--scene $(SCENE)) \
	  $(if $(STORIES),--stories $(STORIES)) $(if $(SEED),--seed $(SEED)) $(if $(PLANTED),--planted) $(if $(WORLD),--world '$(WORLD)')

.PHONY: odd-documents
odd-documents: tools ## many documents, some unreadable, each in its own way: the others are booked; DOCUMENTS=10000 ODD=100
	@$(VENV)/python -m tests.programs.large.unreadable $(or $(DOCUMENTS),10000) $(or $(ODD),100)

.PHONY: large-account
large-account: tools ## reconcile on a large account at one second a page: calls and peak memory; DOCUMENTS=100000
	@$(VENV)/python -m tests.programs.large.memory $(or $(DOCUMENTS),100000) 1

.PHONY: backtest
backtest: tools ## a backtest beside a plain re-evaluation, and rules suggested in many worlds; INVOICES=5000 SEEDS=100
	@$(VENV)/python -m tests.programs.backtest $(or $(INVOICES),5000) $(or $(SEEDS),100)

.PHONY: chaos-emulator
chaos-emulator: tools ## many documents on the deployed system, webhooks dropped, functions killed; SEED=1 N=500
	@$(VENV)/python -m tests.programs.emulator_chaos.chaos $(or $(SEED),1) $(or $(N),500)
