"""The e-mail channel: texts, SMTP, and what comes back (N4)."""
