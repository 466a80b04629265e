"""Turns membership's facts into notices for the right people, sends them, and keeps the proof (N1 to N11)."""
