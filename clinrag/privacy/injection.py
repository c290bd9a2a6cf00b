"""Signs that a question is an instruction to the system instead.

Promises: pure; names the rule, never the words. Conservative on purpose: clinical
English says "ignore", "instructions", "prompt" and "you must" all the time, so a
rule needs a verb and an object that only make sense when spoken to a program.
What slips through is still fenced as data and checked against its sources.
"""

import re
import unicodedata

from clinrag.privacy.types import Suspicion

_INSTRUCTION = (
    r"(?:instructions?|prompts?|rules|system\s+(?:message|prompt)|directions"
    r"|directives)"
)
_REPLY = r"(?:answers?|response|reply|replies|message|output)"
_REMARK = (
    r"(?:sentence|tip|reason|remark|reminder|slogan|phrase|line|plug|hint|joke|fact"
    r"|advertisement|announcement|call\s+to\s+action|message)"
)
_GARBLE = (
    r"(?:anagrams?|anagrammed|misspell(?:ed|ings?)?|typos|scrambled?|jumbled?"
    r"|homophonic|alphanumeric\s+substitution)"
)

_PATTERNS: dict[str, tuple[str, ...]] = {
    "override": (
        (
            r"\b(?:ignore|disregard|forget|override|bypass|discard)\b(?:\W+\w+){0,3}?\W+"
            r"(?:previous|prior|above|earlier|preceding|your|system|initial|original)"
            rf"(?:\W+\w+){{0,2}}?\W+{_INSTRUCTION}"
        ),
        rf"\b(?:ignore|disregard|forget)\s+(?:all|any|everything)\s+(?:{_INSTRUCTION}|above)",
        r"\bignore[zr]?\s+(?:toutes\s+)?(?:les|vos)\s+(?:instructions|consignes)",
        (
            r"\bignorier\w*\s+(?:\w+\s+)?(?:bisherigen|vorherigen|obigen|alle)\s+\w*"
            r"(?:anweisungen|instruktionen|regeln)"
        ),
        r"\bignor[ae]\s+(?:todas\s+)?(?:las|as)\s+(?:instrucciones|instruções)",
        r"\byou\s+are\s+now\s+(?:in\s+)?(?:a\s+|an\s+|the\s+)?(?:\w+\s+mode|unrestricted|free|dan\b)",
        r"\b(?:developer|maintenance|debug|jailbreak|god|admin)\s+mode\b",
        r"\b(?:new|updated)\s+(?:policy|system\s+prompt|instructions?)\s*:",
    ),
    "prompt_leak": (
        (
            r"\b(?:your|the)\s+(?:initial|system|original|hidden|secret)\s+"
            r"(?:instructions?|prompts?|message|configuration)"
        ),
        r"\bsystem\s+prompt\b|\bsystem_prompt\b|\binitiali[sz]ation\s+string\b",
        r"\b(?:your|my|those)\s+(?:system\s+)?instructions\s*(?:are\b|:|\?|$)",
        r"\bprint\s+your\s+system|\byour\s+system\s+(?:message|instructions?)",
        (
            r"\b(?:repeat|output|print|copy|echo)\b[^.?!]{0,30}\b(?:instructions|text|words|"
            r"conversation|everything)\b[^.?!]{0,20}\b(?:above|you\s+were\s+given|back\s+to\s+me)"
        ),
        r"\b(?:repeat|output|print)\s+the\s+(?:above|preceding|previous)\s+(?:text|words)",
        r"\brepeat\s+this\s+entire\s+conversation",
        r"\bnot\s+supposed\s+to\s+tell\s+me\b|\bI\s+was\s+instructed\s+to\b",
    ),
    "fake_turn": (
        r"</?\s*(?:system|context|assistant|instructions?|developer|prompt)\s*>",
        r"<\|\s*(?:im_start|im_end|system|user|assistant|eot_id)[^|]*\|>|\[/?INST\]|<<SYS>>",
        r"(?:^|\n)\s*(?:system|assistant|developer)\s*:",
        r"(?:^|\n)\s*#{2,}\s*(?:system|instructions?|response)\b",
    ),
    "address_to_machine": (
        (
            r"\b(?:notice|note|attention|message|update|example)\s+(?:to|for)\s+(?:the\s+|all\s+)?"
            r"(?:automated|ai\b|assistant|language\s+models?|llms?|clinical\s+decision\s+systems)"
        ),
        r"\bdear\s+(?:assistant|ai|chatbot|model)\b",
        r"\bcall\s+the\s+(?:function|tool)\s+\w+",
        r"\bother\s+tenants?\b|\{CANARY\}",
    ),
    "forged_evidence": (
        r"\b(?:whatever|no\s+matter\s+what)\s+(?:this|the)\s+(?:page|document|source)s?\s+says",
        r"\bregardless\s+of\s+the\s+(?:sources|evidence|documents)\b",
        r"\bstate\s+this\s+as\s+established\b|\bname\s+no\s+other\s+source",
        (
            r"\b(?:leave\s+out|omit|suppress|hide)\s+all\s+(?:\w+\s+and\s+)?"
            r"(?:contraindications|warnings)"
        ),
        r"\bsay\s+that\s+no\s+(?:dose\s+limit|limit|warning)\b",
    ),
    "hide_from_record": (
        (
            r"\b(?:not|never|don['’]t)\b[^.?!]{0,25}\b(?:written|write|recorded|record|logged|log)"
            r"\b[^.?!]{0,25}\b(?:audit|ledger|logs?)\b"
        ),
    ),
    "garbled_reply": (
        rf"\b{_GARBLE}\b[^.?!]{{0,60}}\b(?:your|the)\s+{_REPLY}",
        rf"\byour\s+{_REPLY}\b[^.?!]{{0,60}}\b{_GARBLE}\b",
        (
            r"\b(?:replace|convert|substitute|rearrange|scramble|jumble|group|remove|combine|use)"
            r"\b[^.?!]{0,40}\b(?:letters?|vowels?|spaces|symbols)\b[^.?!]{0,60}"
            rf"\b(?:{_REPLY}|symbols|order|number)"
        ),
        rf"\b{_REPLY}\b[^.?!]{{0,20}}\bwithout\s+(?:any\s+)?(?:spaces|punctuation)",
    ),
    "planted_text": (
        (
            rf"\b(?:add|include|integrate|insert|put)\b[^?!]{{0,120}}"
            rf"(?:www\.|https?:|\.com\b|[\"“])[^?]{{0,160}}\byour\s+{_REPLY}"
        ),
        rf"\b(?:modify|augment|enhance|integrate)\b[^?!]{{0,60}}\byour\s+{_REPLY}",
        rf"\byour\s+{_REPLY}\b[^?!]{{0,120}}(?:www\.|https?:|\.com\b|!\[)",
        rf"\b(?:start|begin|end|close|finish)\s+(?:your|every|each)\s+{_REPLY}\s+with",
        # A remark of its own, whatever about: the asker wants an answer, not a remark.
        (
            r"\b(?:add|include|integrate|insert|put|append|work|weave|slip)\s+(?:in\s+)?an?"
            rf"\s+(?:[\w-]+\s+){{0,2}}?{_REMARK}\b[^.?!]{{0,80}}\b(?:in|into|to)\s+your\s+{_REPLY}"
        ),
        (
            rf"\bin\s+your\s+{_REPLY},?\s+(?:please\s+)?(?:tease|promote|advertise|announce"
            r"|praise|endorse|plug|encourage|urge|invite|hint)\b"
        ),
    ),
    "active_content": (
        r"<\s*(?:script|iframe|object|embed|svg)\b|<\s*img\b[^>]*(?:onerror|src)",
        r"\bjavascript\s*:|\bonerror\s*=|data:text/html",
        r"\bunion\s+select\b|\bdrop\s+table\b|\binsert\s+into\s+\w+\s*(?:\(|values)",
        r"'\s*(?:or|and)\s+[^?]{0,40}(?:=|sleep\s*\()[^?]*--",
    ),
    "hidden_characters": ("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]",),
}

_RULES = {
    name: re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)
    for name, parts in _PATTERNS.items()
}


def find_suspicions(text: str) -> tuple[Suspicion, ...]:
    """The rules by which `text` reads like an injection, in a fixed order."""
    folded = _fold(text)
    return tuple(
        Suspicion(name) for name, rule in _RULES.items() if rule.search(folded)
    )


def _fold(text: str) -> str:
    """Compatibility forms and zero-width characters may not hide a word."""
    normal = unicodedata.normalize("NFKC", text)
    return re.sub("[\u200b-\u200d\u2060\ufeff\u00ad]", "", normal)
