"""Founding networks, appointing the office, the test clock, and what waits for the office."""
