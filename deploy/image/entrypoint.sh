#!/bin/sh
# Becomes one of Herald's processes, named by the first argument.
set -eu
cd /app

main="apps/${1:-}/dist/main.js"
if [ -z "${1:-}" ] || [ ! -f "$main" ]; then
  names=$(for path in apps/*/dist/main.js; do basename "${path%/dist/main.js}"; done | sort | tr '\n' ' ')
  echo "herald: ${1:+there is no process \"$1\"; }say which to run, as in \"docker run herald api\": ${names% }" >&2
  exit 64
fi
shift
exec node "$main" "$@"
