# For contributors. Everything goes through start.py, which makes .venv when it is missing.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
VENV_PYTHON := .venv/Scripts/python.exe
else
VENV_PYTHON := .venv/bin/python
endif

.PHONY: lab test lint bench notebooks exercises course matrix ledger screenshots lock

lab:
	$(PYTHON) start.py lab

test:
	$(PYTHON) start.py test

lint: dev
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy

bench: dev
	$(VENV_PYTHON) tests/bench/bench.py

notebooks: dev  # executes the notebooks again and stores their outputs
	$(VENV_PYTHON) tests/notebooks.py

exercises: dev  # executes the solutions, and makes the learners' notebooks from them
	$(VENV_PYTHON) tests/exercises.py

course: dev  # lays the exercises out for nbgrader, in the folder COURSE
	$(VENV_PYTHON) tests/nbgrader_course.py "$(COURSE)"

matrix: dev  # plays every attack again and draws the README's picture
	$(VENV_PYTHON) -m sandbox matrix --svg notebooks/pictures/matrix.svg

ledger: dev  # settles every claim again; writes the page, the sheet and the two pictures
	$(VENV_PYTHON) -m sandbox ledger --csv notebooks/ledger.csv --markdown notebooks/ledger.md \
		--pictures notebooks/pictures

screenshots: dev  # takes the README's pictures of the stage anew; needs Chromium
	SANDBOX_SCREENSHOTS=notebooks/pictures $(VENV_PYTHON) -m pytest -q tests/browser/test_pictures.py

.PHONY: dev
dev:
	@$(PYTHON) start.py setup --dev

# Renews both locks: newest versions within pyproject.toml's ranges, for every platform. The resolver lives in a
# folder of its own, and is left out of .venv. No address may get into a lock; tests/test_packaging.py looks.
UV = uv-scratch/bin/uv pip compile pyproject.toml --no-config --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --extra crypto --extra lab --quiet
lock:
	$(PYTHON) -m venv uv-scratch
	uv-scratch/bin/python -m pip install --quiet uv
	$(UV) --group dev --output-file requirements-dev.lock
	$(UV) --constraint requirements-dev.lock --output-file requirements.lock
	rm -r uv-scratch
