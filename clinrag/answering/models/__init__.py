"""The tables of the way from a question to an answer, a file for each concern."""

from clinrag.answering.models.answers import (
    Answer,
    AnswerPassage,
    Citation,
    PromptTemplate,
)

__all__ = ["Answer", "AnswerPassage", "Citation", "PromptTemplate"]
