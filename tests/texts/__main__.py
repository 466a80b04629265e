"""`python -m tests.texts`: writes the catalogues anew; `--check` only compares."""

import sys

from tests.texts import catalogues


def main(arguments: list[str]) -> int:
    faults = list(catalogues.check()) if "--check" in arguments else catalogues.write()
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
