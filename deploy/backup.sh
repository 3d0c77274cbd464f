#!/bin/sh
# Dumps the database into a folder:  DATABASE_URL=postgres://... deploy/backup.sh /var/backups/gatehouse
# The keys of production.env are of no use without the dump, and the dump without them: keep both, apart.
set -eu
: "${DATABASE_URL:?name the database, as in production.env}"
folder=${1:?name the folder for the dump}
umask 077
target="$folder/gatehouse-$(date -u +%Y%m%dT%H%M%SZ).dump"
trap 'rm -f "$target.part"' EXIT
pg_dump --format=custom --no-owner --no-privileges --file="$target.part" "$DATABASE_URL"
pg_restore --list "$target.part" >/dev/null  # it can be read
mv "$target.part" "$target"
echo "$target"
