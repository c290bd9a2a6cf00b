#!/usr/bin/env python
"""The command line of ClinRAG: every operator's task is a subcommand."""

import os
import sys


def main() -> None:
    """Run the subcommand named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")
    runs_for_ever = any(word.startswith("run_") for word in sys.argv[1:2])
    os.environ.setdefault("CLINRAG_PROCESS", "service" if runs_for_ever else "command")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
