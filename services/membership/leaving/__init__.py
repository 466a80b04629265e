"""Resignation and exclusion (L1 to L4, §6)."""
