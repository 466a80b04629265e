#!/bin/sh
# Runs once, when PostgreSQL's volume is new: a database and a role for each service, and one for the identity provider.
set -eu
for name in membership notifications portal keycloak; do
  psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set role="$name" \
    --set password="$(cat "/run/secrets/${name}_database_password")" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE CONNECT ON DATABASE :"role" FROM PUBLIC;
SQL
done
