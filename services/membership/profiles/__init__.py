"""A member's own page: its profile, its offers, its history (W3, O3)."""
