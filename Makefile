# make search   create the environment, then run the main job
# make check    lint and the quick tests
# make test     lint and all tests but the long ones, in about 20 minutes
# make test-long  those: sessions killed again and again, a PostgreSQL server, a Ray cluster
# make audit    look for unsafe code, and for known holes in what is installed (asks PyPI)
# make screenshots  the README's pictures, of a study that has been confirmed and opened
.POSIX:
.PHONY: search check test test-long audit lint format docs screenshots clean

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
TRIALS = 100
STUDY = ml-100k
STORAGE = sqlite:///studies/neumf.db

search: $(VENV)/runs
	$(BIN)/python -m search.run --trials $(TRIALS)

check: $(VENV)/develops lint
	$(BIN)/python -m pytest -n logical --hypothesis-profile quick \
	  -m "not slow and not network and not browser"

test: $(VENV)/develops lint
	$(BIN)/python -m pytest -n logical -m "not long"

test-long: $(VENV)/develops
	$(BIN)/python -m pip install --quiet --editable '.[dev,cluster]'
	$(BIN)/python -m pytest -m long

audit: $(VENV)/develops
	$(BIN)/python -m pip install --quiet --editable '.[audit]'
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive neumf studies reports search
	mkdir -p build
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+.*//' > build/installed.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
	  --requirement build/installed.txt

lint: $(VENV)/develops
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/develops
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/develops
	$(BIN)/python -m tests.readme --write

screenshots: $(VENV)/develops
	$(BIN)/python -m tests.pictures $(STUDY) --storage $(STORAGE)

clean:
	rm -rf $(VENV) build dist

# Debian's python3 comes without ensurepip; virtualenv needs none and touches nothing else.
$(VENV)/made:
	$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV) && \
	  $(PYTHON) -m pip install --quiet --target build/virtualenv virtualenv && \
	  PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet $(VENV); }
	touch $@

$(VENV)/runs: $(VENV)/made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/develops: $(VENV)/made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/runs
