#!/bin/sh
# Puts a fresh secret in place of each `change-me` of a settings file. What is filled in already stays as it is.
#
#   deploy/fill-secrets.sh .env
set -eu
umask 077
file=${1:?name the file: deploy/fill-secrets.sh .env}

random() {
  head -c 32 /dev/urandom | base64 | tr -d '\n'
}

while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    '#'*) printf '%s\n' "$line" ;;
    BOOTSTRAP_API_KEY=change-me) printf 'BOOTSTRAP_API_KEY=hk_%s\n' "$(random | tr '+/' '-_' | tr -d '=')" ;;
    WEBHOOK_SECRET=change-me) printf 'WEBHOOK_SECRET=whsec_%s\n' "$(random)" ;;
    AUDIO_LINK_SECRET=change-me) printf 'AUDIO_LINK_SECRET=%s\n' "$(random)" ;;
    ENCRYPTION_KEY=change-me) printf 'ENCRYPTION_KEY=%s\n' "$(random)" ;;
    *=change-me) printf '%s=%s\n' "${line%=change-me}" "$(random | tr -dc 'A-Za-z0-9')" ;;
    *) printf '%s\n' "$line" ;;
  esac
done <"$file" >"$file.new"
mv "$file.new" "$file"
