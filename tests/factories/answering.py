"""One factory function for each table of answers."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from clinrag.answering.models import (
    Answer,
    AnswerFormat,
    AnswerPassage,
    AnswerReference,
    AnswerRemark,
    Asker,
    Citation,
    CollectionPolicy,
    EvaluationReport,
    EvaluationWaiver,
    EvaluationWaiverUse,
    ForesightReport,
    GoldenQuestion,
    HouseStyle,
    PromptTemplate,
    Recall,
    RecallNotice,
    ReviewAssignment,
    WebhookDelivery,
    WebhookEndpoint,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count(1)


def make_prompt_template(**fields: Any) -> PromptTemplate:
    number = next(_numbers)
    text = str(fields.get("text", f"Template {number}"))
    values = {
        "name": f"template-{number}",
        "version": 1,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "text": text,
    }
    return PromptTemplate.objects.create(**(values | fields))


def make_answer_format(**fields: Any) -> AnswerFormat:
    return AnswerFormat.objects.create(**(_definition("format", **fields)))


def make_house_style(**fields: Any) -> HouseStyle:
    return HouseStyle.objects.create(**(_definition("style", **fields)))


def _definition(kind: str, **fields: Any) -> dict[str, Any]:
    number = next(_numbers)
    text = str(fields.get("text", f"{kind} {number}"))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    values = {"name": f"{kind}-{number}", "version": 1, "sha256": sha256, "text": text}
    return values | fields


def make_answer(**fields: Any) -> Answer:
    """An open answer unless told otherwise."""
    values = {
        "query_entry_id": uuid4(),
        "actor_id": "key:1",
        "collections": ["general"],
        "as_of": T0,
        "created_at": T0,
    }
    return Answer.objects.create(**(values | fields))


def make_citation(answer: Answer | None = None, **fields: Any) -> Citation:
    values = {
        "number": 1,
        "claim_position": 0,
        "verdict": "supported",
        "document_id": uuid4(),
        "version_id": uuid4(),
        "chunk_id": uuid4(),
        "content_sha256": "0" * 64,
        "char_start": 0,
        "char_end": 10,
    }
    return Citation.objects.create(answer=answer or make_answer(), **(values | fields))


def make_answer_passage(answer: Answer | None = None, **fields: Any) -> AnswerPassage:
    values = {
        "rank": 1,
        "version_chunk_id": 1,
        "chunk_id": uuid4(),
        "content_sha256": "0" * 64,
        "version_id": uuid4(),
        "score": "0.5",
        "in_prompt": True,
        "cited": False,
    }
    return AnswerPassage.objects.create(
        answer=answer or make_answer(), **(values | fields)
    )


def make_collection_policy(**fields: Any) -> CollectionPolicy:
    values = {
        "id": uuid4(),
        "collection_id": uuid4(),
        "number": 1,
        "grounding": "drop",
        "identifiers": "mask",
        "external_models": False,
        "set_by": "user:1",
        "set_by_name": "Ola Operator",
        "set_at": T0,
        "entry_id": uuid4(),
    }
    return CollectionPolicy.objects.create(**(values | fields))


def make_asker(**fields: Any) -> Asker:
    values = {"app": f"app-{next(_numbers)}", "unit": "", "actor_id": "key:1"}
    return Asker.objects.create(**(values | fields))


def make_answer_reference(
    answer: Answer | None = None, **fields: Any
) -> AnswerReference:
    home = answer or make_answer()
    values = {
        "chunk_id": uuid4(),
        "version_id": uuid4(),
        "asked_at": home.created_at,
        "use": 1,
        "uses_of_version": 1,
    }
    asker = fields.pop("asker", None) or make_asker()
    return AnswerReference.objects.create(answer=home, asker=asker, **(values | fields))


def make_answer_remark(answer: Answer | None = None, **fields: Any) -> AnswerRemark:
    values = {
        "id": uuid4(),
        "kind": "helpful",
        "has_words": False,
        "made_by": "user:1",
        "made_by_name": "Nora Nurse",
        "made_at": T0,
        "entry_id": uuid4(),
    }
    home = answer or make_answer()
    return AnswerRemark.objects.create(answer=home, **(values | fields))


def make_review_assignment(
    answer: Answer | None = None, **fields: Any
) -> ReviewAssignment:
    values = {
        "id": uuid4(),
        "reviewer_id": "user:7",
        "reviewer_name": "Rosa Reviewer",
        "is_standing": True,
        "due_at": T0,
        "made_by": "user:8",
        "made_by_name": "Ada Auditor",
        "made_at": T0,
        "entry_id": uuid4(),
    }
    home = answer or make_answer()
    return ReviewAssignment.objects.create(answer=home, **(values | fields))


def make_recall(**fields: Any) -> Recall:
    values = {
        "id": uuid4(),
        "kind": "version",
        "document_id": uuid4(),
        "version_id": uuid4(),
        "reach": "in_prompt",
        "severity": "major",
        "reason": "A dose is wrong.",
        "answers": 1,
        "answers_sha256": "0" * 64,
        "opened_by": "user:1",
        "opened_by_name": "Mona Manager",
        "opened_at": T0,
        "opened_entry_id": uuid4(),
        "due_at": T0,
    }
    return Recall.objects.create(**(values | fields))


def make_foresight_report(**fields: Any) -> ForesightReport:
    values = {
        "id": uuid4(),
        "version_id": uuid4(),
        "supposed_at": T0,
        "rules": "foresight/1",
        "requested_by": "user:1",
        "requested_by_name": "Mona Manager",
        "requested_at": T0,
        "state": "running",
    }
    return ForesightReport.objects.create(**(values | fields))


def make_evaluation_report(**fields: Any) -> EvaluationReport:
    values = {
        "id": uuid4(),
        "set_name": "guidelines",
        "inputs": {},
        "inputs_sha256": "0" * 64,
        "results": [],
        "made_by": "user:1",
        "made_by_name": "Mona Manager",
        "made_at": T0,
        "sha256": "0" * 64,
        "entry_id": uuid4(),
    }
    return EvaluationReport.objects.create(**(values | fields))


def make_evaluation_waiver(
    report: EvaluationReport | None = None, **fields: Any
) -> EvaluationWaiver:
    values = {
        "id": uuid4(),
        "measure": "dose_exact",
        "reason": "The source was withdrawn.",
        "waived_by": "user:1",
        "waived_by_name": "Otto Operator",
        "waived_at": T0,
        "expires_at": T0 + timedelta(days=7),
        "entry_id": uuid4(),
    }
    return EvaluationWaiver.objects.create(
        report=report or make_evaluation_report(), **(values | fields)
    )


def make_evaluation_waiver_use(
    waiver: EvaluationWaiver | None = None, **fields: Any
) -> EvaluationWaiverUse:
    report = fields.pop("report", None) or make_evaluation_report()
    return EvaluationWaiverUse.objects.create(
        waiver=waiver or make_evaluation_waiver(),
        report=report,
        **({"used_at": T0} | fields),
    )


def make_golden_question(**fields: Any) -> GoldenQuestion:
    values = {
        "id": uuid4(),
        "collection": "pain",
        "text": "Above which dose?",
        "expects": "refusal",
        "kept_by": "user:1",
        "kept_by_name": "Mona Manager",
        "kept_at": T0,
    }
    return GoldenQuestion.objects.create(**(values | fields))


def make_recall_notice(recall: Recall | None = None, **fields: Any) -> RecallNotice:
    values = {"id": uuid4(), "app": "ward", "answers": 1, "due_at": T0}
    return RecallNotice.objects.create(
        recall=recall or make_recall(), **(values | fields)
    )


def make_webhook_endpoint(**fields: Any) -> WebhookEndpoint:
    values = {
        "id": uuid4(),
        "app": "ward",
        "url": f"https://example.org/{next(_numbers)}",
        "wrapping_key": "0" * 16,
        "wrapped": b"0",
        "registered_by": "user:1",
        "registered_by_name": "Otto Operator",
        "registered_at": T0,
        "registered_entry_id": uuid4(),
    }
    return WebhookEndpoint.objects.create(**(values | fields))


def make_webhook_delivery(**fields: Any) -> WebhookDelivery:
    notice = fields.pop("notice", None) or make_recall_notice()
    endpoint = fields.pop("endpoint", None) or make_webhook_endpoint(app=notice.app)
    values = {
        "id": uuid4(),
        "event": "recall.opened",
        "body": "{}",
        "created_at": T0,
        "state": "pending",
        "next_attempt_at": T0,
    }
    return WebhookDelivery.objects.create(
        notice=notice, endpoint=endpoint, **(values | fields)
    )
