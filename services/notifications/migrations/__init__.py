"""This service's alembic history."""
