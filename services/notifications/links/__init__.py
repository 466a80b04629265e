"""Signed, expiring, single-purpose links (N5)."""
