"""Questions that no clinical knowledge base should be asked.

Promises: pure; conservative. It stops requests for writing, code, jokes and the
like; whether documents cover a clinical question is for retrieval to find out.
"""

import re

_WRITING = r"poem|haiku|limerick|lyrics|short story|essay|joke|screenplay"
_OTHER_WRITING = r"song|novel|speech|tweet|blog post|cover letter|slogan"
_CODE = r"python|javascript|typescript|java|php|sql|html|css|mysql|c\+\+"
_RULES = (
    (
        rf"(?i)\b(?:write|compose|draft|provide|tell|give|create)\b[^.?!]{{0,40}}"
        rf"\b(?:{_WRITING})\b"
    ),
    rf"(?i)\b(?:write|compose|draft)\b[^.?!]{{0,40}}\b(?:{_OTHER_WRITING})\b",
    (
        rf"(?i)\b(?:function|script|code|program|regex|database)\b"
        rf"[^.?!]{{0,40}}\b(?:in|using|with)\s+(?:{_CODE})\b"
    ),
    rf"(?i)\b(?:{_CODE})\s+(?:function|script|code|program|query)\b",
    r"\b(?:capital|president|prime minister)\s+of\s+[A-Z]",
    r"\b[Hh]ow do (?:you|I) say\b[^.?!]{0,60}\bin\s+[A-Z][a-z]+",
    r"(?i)\btranslate\b[^.?!]{0,40}\b(?:sentence|phrase)\b",
    (
        r"(?i)\b(?:weather|horoscope|lottery|stock price|exchange rate)\b[^.?!]{0,30}"
        r"\b(?:today|tomorrow|forecast|numbers)\b"
    ),
    (
        r"(?i)\bwho (?:wrote|painted|composed|directed)\s+(?:the\s+)?"
        r"(?:play|novel|book|film|song)\b"
    ),
)
_PATTERNS = tuple(re.compile(rule) for rule in _RULES)


def is_out_of_scope(question: str) -> bool:
    """Whether a question is plainly about something else."""
    return any(pattern.search(question) for pattern in _PATTERNS)
