.PHONY: help run test lint lock clean bench bench-quick
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BOOTSTRAP = $(if $(PYTHON),$(PYTHON),python3) demo/bootstrap.py
LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run:  ## start everything on this machine: PORT=8000 make run
	@$(BOOTSTRAP) requirements.txt demo/requirements.txt
	@exec .venv/bin/python -m demo.run

test:  ## run the tests: ARGS="-k revoke" make test
	@$(BOOTSTRAP) requirements-dev.txt
	.venv/bin/python -m pytest -n 3 --dist loadgroup $(ARGS)

lint:  ## style, types, layers, templates, migrations, deployment checks
	@$(BOOTSTRAP) requirements-dev.txt
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet templates
	DJANGO_SETTINGS_MODULE=portal.settings.test .venv/bin/python manage.py makemigrations --check --dry-run
	set -a; . ./.ci/production.env; DJANGO_SETTINGS_MODULE=portal.settings.production .venv/bin/python manage.py check --deploy --fail-level WARNING

lock:  ## pin the requirements anew (needs uv)
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) demo/requirements.in -o demo/requirements.txt
	$(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt

bench:  ## measure against other servers, in about ten minutes (see docs/performance.md)
	@$(BOOTSTRAP) requirements-dev.txt
	.venv/bin/python -m bench.run $(ARGS)

bench-quick:  ## the same in under two minutes, against one of them
	@$(BOOTSTRAP) requirements-dev.txt
	.venv/bin/python -m bench.run --quick $(ARGS)

clean:  ## forget the virtual environment and the data
	rm -rf .venv var .venv-install.log .bootstrap.lock
