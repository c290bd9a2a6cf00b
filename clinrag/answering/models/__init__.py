"""The tables of the way from a question to an answer, a file for each concern."""

from clinrag.answering.models.answers import (
    Answer,
    AnswerPassage,
    Citation,
    PromptTemplate,
)
from clinrag.answering.models.evaluations import (
    EvaluationReport,
    EvaluationWaiver,
    EvaluationWaiverUse,
)
from clinrag.answering.models.foresight import ForesightReport, GoldenQuestion
from clinrag.answering.models.formats import AnswerFormat, HouseStyle
from clinrag.answering.models.impact import AnswerReference, Asker
from clinrag.answering.models.policies import CollectionPolicy
from clinrag.answering.models.recalls import (
    Recall,
    RecallNotice,
    WebhookDelivery,
    WebhookEndpoint,
)
from clinrag.answering.models.remarks import AnswerRemark, ReviewAssignment

__all__ = [
    "Answer",
    "AnswerFormat",
    "AnswerPassage",
    "AnswerReference",
    "AnswerRemark",
    "Asker",
    "Citation",
    "CollectionPolicy",
    "EvaluationReport",
    "EvaluationWaiver",
    "EvaluationWaiverUse",
    "ForesightReport",
    "GoldenQuestion",
    "HouseStyle",
    "PromptTemplate",
    "Recall",
    "RecallNotice",
    "ReviewAssignment",
    "WebhookDelivery",
    "WebhookEndpoint",
]
