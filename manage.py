#!/usr/bin/env python
"""The command line of ClinRAG: every operator's task is a subcommand."""

import os
import sys


def main() -> None:
    """Run the subcommand named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
