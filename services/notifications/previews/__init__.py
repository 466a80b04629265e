"""What the office would send to whom, shown before it does (P7)."""
