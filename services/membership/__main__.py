"""Runs the service: `FALLNETZ_MEMBERSHIP_DATABASE_URL=… python -m services.membership`."""
