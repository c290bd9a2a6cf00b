"""`python -m audit.offline COMMAND …`."""

import sys

from audit.offline.cli import main

if __name__ == "__main__":
    sys.exit(main())
