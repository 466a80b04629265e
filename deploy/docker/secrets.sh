#!/usr/bin/env bash
# Makes the secrets that compose.yaml names, once; existing ones stay. Run it in the folder of compose.yaml.
set -euo pipefail
umask 077
mkdir -p deploy/secrets
random() { head -c 32 /dev/urandom | base64 | tr -d '=+/\n'; }
key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
put() { [ -e "deploy/secrets/$1" ] || printf '%s' "$2" >"deploy/secrets/$1"; }
for name in postgres keycloak_admin keycloak_database membership_database notifications_database portal_database \
  membership_nats notifications_nats gateway_nats operator_nats; do
  put "${name}_password" "$(random)"
done
for name in membership notifications portal; do
  put "${name}_database_url" "postgresql+psycopg://$name:$(cat "deploy/secrets/${name}_database_password")@postgres/$name"
done
put link_key "$(random)"
put portal_key "$(key)"
put portal_client_secret "$(random)"
put smtp_password ""
{
  for name in membership notifications gateway operator; do
    printf '%s_PASSWORD: "%s"\n' "${name^^}" "$(cat "deploy/secrets/${name}_nats_password")"
  done
} >deploy/secrets/nats_users.conf
# The containers run as users of their own and read these files.
chmod 644 deploy/secrets/*
