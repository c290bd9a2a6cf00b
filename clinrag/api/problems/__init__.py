"""Every error the packages can raise, and the problem it becomes over HTTP.

One table, from class to status and title; a test goes through all packages and
fails when a class has no row. `type` and `code` come from the class's code, and
`detail` is its docstring: no words of a caller, a document or a patient.
"""

from types import MappingProxyType
from typing import Final

from clinrag.api.problems.access import ACCESS
from clinrag.api.problems.answers import ANSWERS
from clinrag.api.problems.corpus import CORPUS
from clinrag.api.problems.custody import CUSTODY
from clinrag.api.problems.evaluations import EVALUATIONS
from clinrag.api.problems.foresight import FORESIGHT
from clinrag.api.problems.ledger import LEDGER
from clinrag.api.problems.recalls import RECALLS
from clinrag.api.problems.replays import REPLAYS
from clinrag.api.problems.requests import REQUESTS
from clinrag.api.problems.rows import Problem
from clinrag.api.problems.sources import SOURCES

__all__ = ["PROBLEMS", "Problem"]

PROBLEMS: Final = MappingProxyType(
    LEDGER
    | CUSTODY
    | CORPUS
    | ACCESS
    | ANSWERS
    | EVALUATIONS
    | FORESIGHT
    | RECALLS
    | REPLAYS
    | REQUESTS
    | SOURCES
)
