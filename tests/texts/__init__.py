"""The catalogues of all languages: `python -m tests.texts` writes them, `--check` says what is missing or wrong."""
