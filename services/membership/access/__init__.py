"""API keys of members and their machines; who signs in for a member, and how they come to it (G2, L3)."""
