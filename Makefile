# M6-Rec: `make app` starts the workbench, `make test` runs every check, `make benchmarks` measures.
# Nothing is needed before but Python 3.11, 3.12 or 3.13; everything else goes into .venv.

VENV := .venv
PYTHON := $(VENV)/bin/python
PYTHONS := python3.11 python3.12 python3.13 python3
PORT ?= 8501
WORKERS ?= 2
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: app test checks benchmarks
.DELETE_ON_ERROR:

# the two settings of the allocator give memory back to the system after each page (Linux)
app: $(VENV)/app.stamp
	MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1000000 $(PYTHON) -m streamlit run app.py \
		--server.address 127.0.0.1 --server.port $(PORT)

test: checks
	$(PYTHON) tests/support/chromium.py
	$(PYTHON) -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

checks: $(VENV)/dev.stamp
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

# small sizes, so that all of it takes about half an hour; the README says how the full ones are called
BENCHMARKS := \
	"speed.py --rounds 1" \
	"growth.py --sizes 50k,100k,200k" \
	"ingest.py --rows 2000000" \
	"upload.py" \
	"serving.py --users 3000 --items 2000 --events 90000 --ask 50" \
	"accuracy.py --splits leave_last_out --trials 3" \
	"rating.py --first 1 --peers svd,knn" \
	"recovery.py --users 1000 --pairs 100" \
	"explain.py --rounds 1" \
	"fidelity.py --users 20" \
	"tuning.py --data shop --trials 10 --seeds 1 --folder .m6rec/benchmark-small"

benchmarks: $(VENV)/dev.stamp
	@for call in $(BENCHMARKS); do \
		echo "== $$call"; \
		PYTHONPATH=. $(PYTHON) benchmarks/$$call || exit 1; \
	done

$(VENV)/app.stamp: requirements.txt $(VENV)/pyvenv.cfg
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PYTHON) -m m6rec_core.warm_up
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt $(VENV)/pyvenv.cfg
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(PYTHON) -m m6rec_core.warm_up
	@touch $@

$(VENV)/pyvenv.cfg:
	@for python in $(PYTHONS); do \
		if $$python -c "import sys, ensurepip, venv; \
				sys.exit(not (3, 11) <= sys.version_info < (3, 14))" 2>/dev/null; then \
			echo "$$python -m venv $(VENV)"; \
			exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 with venv was found." \
		"Debian, Ubuntu: apt-get install python3-venv; macOS: brew install python@3.11" >&2; \
	exit 1
