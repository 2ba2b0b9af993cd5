# make fit   set up .venv and run the main job
# make test  set up .venv and run the tests
# make lint  style and types

PYTHON ?= python3
RECIPE ?= recipes/stgcn_sta.yaml
VENV := .venv
INSTALLED := $(VENV)/installed

.PHONY: fit test lint docs clean

fit: $(INSTALLED)
	$(VENV)/bin/dancekit fit $(RECIPE)

# One thread a worker: the tests are many and small, and threads would wait for each other.
test: $(INSTALLED)
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n auto

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

docs: $(INSTALLED)
	$(VENV)/bin/python docs/generate.py

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --editable '.[test,lint]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info runs
