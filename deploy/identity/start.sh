#!/bin/bash
# Hands the secrets to Keycloak, which reads them from variables only.
set -eu
KC_DB_PASSWORD=$(cat /run/secrets/keycloak_database_password)
KC_BOOTSTRAP_ADMIN_PASSWORD=$(cat /run/secrets/keycloak_admin_password)
FALLNETZ_PORTAL_CLIENT_SECRET=$(cat /run/secrets/portal_client_secret)
export FALLNETZ_PORTAL_CLIENT_SECRET KC_DB_PASSWORD KC_BOOTSTRAP_ADMIN_PASSWORD
exec /opt/keycloak/bin/kc.sh start --import-realm
