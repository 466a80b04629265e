"""For those who work with membership every day: the inbox (P3), the procedures (P7), search (P9)."""
