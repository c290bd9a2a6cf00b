"""`python -m tests.benchmarks [NAME …]`: run the benchmarks, each in its own process."""

import subprocess
import sys

from tests.benchmarks.harness import machine

ALL = (
    "ledger",
    "ledger_latency",
    "ledger_log",
    "fsck",
    "export",
    "search",
    "ask",
    "streaming",
    "ingest",
    "loading",
    "reingestion",
    "searchable",
    "parsing",
    "comparing",
    "impact",
)


def main(names: list[str]) -> int:
    print(f"Measured on {machine()}. Ratios compare with the first line of a table.")
    failed = [name for name in names or ALL if run(name) != 0]
    if failed:
        print(f"did not run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run(name: str) -> int:
    command = f"from tests.benchmarks.{name} import main; main()"
    return subprocess.run([sys.executable, "-c", command], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
