"""Members, the people who speak for them, the register and the directory."""
