#!/bin/sh
# Brings the databases to their newest form, then ends; the services start afterwards.
set -eu
membership=$(cat /run/secrets/membership_database_url)
notifications=$(cat /run/secrets/notifications_database_url)
portal=$(cat /run/secrets/portal_database_url)
exec python -m services.cli.installation.migrations membership "$membership" notifications "$notifications" portal "$portal"
