"""`python -m audit.witnessing`: a witness on a machine without Django or a database."""

import argparse
import logging
import sys
from datetime import UTC, datetime

from audit.errors import AuditError
from audit.witnessing import program


def main() -> int:
    """Run until told to stop; 0, or 2 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m audit.witnessing")
    program.add_arguments(parser)
    options = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        program.run(options, say=say, now=lambda: datetime.now(UTC))
    except (AuditError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
