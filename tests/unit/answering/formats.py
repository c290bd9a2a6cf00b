"""A made-up encounter with a passage, and prompts of a format over both."""

from dataclasses import replace

from clinrag.answering.formats.definitions import find_format, find_style
from clinrag.answering.formats.types import Brief
from clinrag.answering.prompts import Prompt, build_prompt
from clinrag.answering.template_files import template_labelled
from tests.unit.answering.evidence import retrieved

NOTE = """CHIEF COMPLAINT

Low back pain for four days.

PHYSICAL EXAM

Blood pressure is 142/88. No leg weakness.

PLAN

Start meloxicam 15 mg once daily.
"""
GUIDANCE = "Adults with low back pain should be offered exercise before opioids."
QUESTION = "What should be offered for low back pain?"


def brief_of(form: str, style: str = "", context: str = NOTE) -> Brief:
    return Brief(find_format(form), find_style(style), context)


def prompt_of(brief: Brief, *texts: str) -> Prompt:
    passages = [retrieved(text, rank) for rank, text in enumerate(texts, 1)]
    return build_prompt(
        template_labelled(brief.format.template),
        question=QUESTION,
        passages=passages,
        budget_tokens=9_999,
        brief=brief,
    )


def without_context(brief: Brief) -> Brief:
    return replace(brief, context="")
