# Two commands: `make demo` and `make test`. Both make the environment first.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install \
	--require-hashes --no-deps --only-binary :all:

.PHONY: help demo test static bench bench-search attack mutants evaluate lock clean

help:
	@echo "make demo         everything up on this machine, with real guidelines"
	@echo "make demo ONCE=1  the same, one line of JSON, then exit"
	@echo "make demo MODEL=local  the same, with a real, tiny language model beside it"
	@echo "make test         format, lint, types, contracts, every test that is not long"
	@echo "make bench        benchmarks: ratios against a limit in one run"
	@echo "make bench-search  an hour: search at 10,000 and 100,000 real passages, beside the"
	@echo "                  stores of others (CLINRAG_BENCH_CORPUS, _PEERS; tests/benchmarks/search.py)"
	@echo "make attack       an hour: attacks on the ledger, 200 kills of each process, a soak,"
	@echo "                  and the tests too long for make test"
	@echo "make mutants      hours: which changed lines of the ledger's core no test sees"
	@echo "make lock         resolve the lock files anew (needs uv)"

demo: $(if $(MODEL),.venv/.ready-for-a-model,.venv/.ready-to-run)
	@exec $(BIN)/python -m clinrag.local $(if $(ONCE),--once,) $(if $(MODEL),--model $(MODEL),)

test: .venv/.ready-to-test static
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

static: .venv/.ready-to-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: .venv/.ready-to-test
	$(BIN)/python -m tests.benchmarks

bench-search: .venv/.ready-to-test
	CLINRAG_BENCH_PASSAGES=$${CLINRAG_BENCH_PASSAGES:-10000,100000} \
		$(BIN)/python -m tests.benchmarks search

attack: .venv/.ready-to-test
	ATTACK_ROUNDS=$${ATTACK_ROUNDS:-200} ATTACK_SOAK_SECONDS=$${ATTACK_SOAK_SECONDS:-600} \
		$(BIN)/python -m pytest -s tests/attacks
	$(BIN)/python -m pytest -m long tests/integration
	CUT_OVERS=$${CUT_OVERS:-1000} \
		$(BIN)/python -m pytest -s tests/invariants/test_no_cut_over_leaves_a_gap.py

mutants: .venv/.ready-to-test
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed: make demo PYTHON=/path/to/python3.13"; exit 1; }
	@echo "environment: creating .venv"
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "venv failed: on Debian, install python3-venv"; exit 1; }

.venv/.ready-to-run: .venv/pyvenv.cfg requirements.lock
	@echo "environment: installing packages from requirements.lock"
	@$(PIP) -r requirements.lock
	@touch $@

.venv/.ready-for-a-model: .venv/.ready-to-run clinrag/local/model.lock
	@echo "environment: installing a model server and a tiny model from clinrag/local/model.lock"
	@$(PIP) -r clinrag/local/model.lock
	@touch $@

.venv/.ready-to-test: .venv/.ready-to-run tests/requirements.lock
	@echo "environment: installing packages from tests/requirements.lock"
	@$(PIP) -r tests/requirements.lock
	@touch $@

lock:
	uv pip compile pyproject.toml --extra local --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -c requirements.lock \
		-o tests/requirements.lock
	uv pip compile pyproject.toml --extra local --extra ocr --extra s3 --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate \
		-c tests/requirements.lock -o deploy/requirements.lock
	uv pip compile pyproject.toml --extra local --extra model --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate \
		-c tests/requirements.lock -o clinrag/local/model.lock

clean:
	rm -rf .venv .data .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
