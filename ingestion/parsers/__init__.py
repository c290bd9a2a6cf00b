"""Files into blocks of text, read in a process of their own.

Promises: whatever the file holds, the caller survives: the reading process has
limits on wall-clock time, processor time, memory and output, an environment
without secrets, and may not write files; how it ends maps to a stable code.
Will not: read a file in the caller's own process, or touch Django.
"""

from ingestion.parsers.isolation import parse
from ingestion.parsers.limits import ParseLimits

__all__ = ["ParseLimits", "parse"]
