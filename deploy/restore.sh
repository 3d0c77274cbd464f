#!/bin/sh
# Restores a dump into an empty database:  deploy/restore.sh /var/backups/gatehouse/gatehouse-....dump
# Wants the environment of the portal (production.env), and its Python first in PATH. All or nothing.
set -eu
: "${DATABASE_URL:?name the empty database, as in production.env}"
dump=${1:?name the dump}
tables=$(psql -X -A -t -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$DATABASE_URL")
if [ "$tables" != 0 ]; then
  echo "This database has $tables tables: restore into an empty one." >&2
  exit 1
fi
pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname="$DATABASE_URL" "$dump"
cd "$(dirname "$0")/.."
python manage.py check --database default --tag database  # the keys are those of this database
python manage.py verify_events                            # and the event log is whole
