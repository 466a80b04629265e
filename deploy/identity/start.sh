#!/bin/bash
# Hands the secrets to Keycloak, which reads them from variables only.
set -eu
KC_DB_PASSWORD=$(cat /run/secrets/keycloak_database_password)
KC_BOOTSTRAP_ADMIN_PASSWORD=$(cat /run/secrets/keycloak_admin_password)
export KC_DB_PASSWORD KC_BOOTSTRAP_ADMIN_PASSWORD
exec /opt/keycloak/bin/kc.sh start --import-realm
