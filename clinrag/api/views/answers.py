"""Asking, reading an answer again, and proving it."""

import base64
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.errors import NotYetSequenced
from audit.queries import InclusionProof, entry, inclusion_proof, wait_for_proof
from audit.signing.public_key import log_vkey
from clinrag.access.idempotency import check_key
from clinrag.access.roles import Permission
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.queries import answer_view, answers
from clinrag.answering.types import AnswerFilters, AnswerResult, AnswerRow, Question
from clinrag.api.asking import ask, read_result
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import (
    ACTS_FOR,
    IDEMPOTENCY_KEY,
    PREFER,
    PROBLEM_RESPONSES,
)
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.answers import (
    AnswerFilterSerializer,
    AnswerPageSerializer,
    AnswerSerializer,
    AskedSerializer,
    AskSerializer,
    ProofSerializer,
)
from clinrag.api.visibility import check_can_search

LONGEST_WAIT_SECONDS = 5
WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?:$|[,;\s])", re.ASCII)
FOLLOW_UP = "follow_up"

ASKERS = any_of(Permission.ASK, Permission.READ_LEDGER)


class Answers(Route):
    """Asking, and the list of what was asked."""

    needs = {"GET": ASKERS, "POST": any_of(Permission.ASK)}

    @extend_schema(
        operation_id="list_answers",
        summary="List answers, newest first",
        description="Own answers; all of them with `read_ledger`.",
        parameters=[AnswerFilterSerializer],
        responses={200: AnswerPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = AnswerFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        page = answers(
            _filters(known_caller(request), wanted),
            cursor=wanted.get("cursor"),
            limit=wanted["limit"],
        )
        shown = {"items": page.rows, "next": page.next_cursor}
        return Response(AnswerPageSerializer(shown).data)

    @extend_schema(
        operation_id="ask",
        summary="Ask a question",
        description=(
            "The answer, or the refusal with its reason, is on record before it is "
            "sent. A refusal is a success of the request: look at `outcome`."
        ),
        parameters=[IDEMPOTENCY_KEY, PREFER, ACTS_FOR],
        request=AskSerializer,
        responses={201: AskedSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        caller = known_caller(request)
        seconds = seconds_to_wait(request.headers.get("Prefer"))
        key = request.headers.get("Idempotency-Key")
        question = _question(request, caller)
        check_can_search(caller, question.collection_slugs)
        asked = ask(
            question, caller=caller, key=None if key is None else check_key(key)
        )
        data = dict(AnswerSerializer(asked.result).data)
        data["proof"] = _proof_in_time(asked.result, seconds)
        headers = {"Location": f"/api/v1/answers/{asked.result.id}"}
        if asked.repeated:
            headers["Idempotency-Replayed"] = "true"
        if seconds is not None:
            headers["Preference-Applied"] = f"wait={seconds}"
        return Response(data, status=201, headers=headers)


class OneAnswer(Route):
    """An answer as it was given; reading it is recorded."""

    needs = {"GET": ASKERS}

    @extend_schema(
        operation_id="get_answer",
        summary="Read an answer again",
        description="Leaves an entry in the ledger: who read it, when, through what.",
        parameters=[ACTS_FOR],
        responses={200: AnswerSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        caller = known_caller(request)
        row = _visible_row(caller, answer_id)
        found = read_result(row, caller=caller, at=timezone.now(), purpose=FOLLOW_UP)
        return Response(AnswerSerializer(found).data)


class Proof(Route):
    """What proves that the answer's entry is in the signed log."""

    needs = {"GET": ASKERS}

    @extend_schema(
        operation_id="get_proof",
        summary="Prove that an answer is in the ledger",
        description="409 `not_yet_sequenced` or `not_yet_signed` for about a second.",
        responses={200: ProofSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        row = _visible_row(known_caller(request), answer_id)
        if row.entry_id is None:
            raise NotYetSequenced
        proof = inclusion_proof(row.entry_id)
        return Response(_proof(answer_id, row.entry_id, proof))


def seconds_to_wait(prefer: str | None) -> int | None:
    """`wait` of RFC 7240, at most five seconds; None when it was not asked for."""
    found = WAIT.search(prefer or "")
    return min(int(found.group(1)), LONGEST_WAIT_SECONDS) if found else None


def _question(request: Request, caller: Caller) -> Question:
    given = AskSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    fields = given.validated_data
    return Question(
        text=fields["question"],
        collection_slugs=tuple(fields["collections"]),
        as_of=fields["as_of"],
        purpose=fields["purpose"],
        app=caller.actor.name,
        limit=fields["limit"],
    )


def _filters(caller: Caller, wanted: dict[str, Any]) -> AnswerFilters:
    filters = AnswerFilters(
        since=wanted.get("since"),
        until=wanted.get("until"),
        actor_id=wanted.get("actor_id"),
        app=wanted.get("app"),
        collection_slug=wanted.get("collection"),
        outcome=wanted.get("outcome"),
        state=wanted.get("state"),
        version_id=wanted.get("version_id"),
    )
    if caller.may(Permission.READ_LEDGER):
        return filters
    return replace(filters, actor_id=caller.actor.id)


def _visible_row(caller: Caller, answer_id: UUID) -> AnswerRow:
    """The answer's row; UnknownAnswer for other people's without `read_ledger`."""
    row = answer_view(answer_id).row
    if row.actor_id != caller.actor.id and not caller.may(Permission.READ_LEDGER):
        raise UnknownAnswer
    return row


def _proof_in_time(result: AnswerResult, seconds: int | None) -> dict[str, Any] | None:
    if seconds is None:
        return None
    proof = wait_for_proof(result.entry_id, timeout_seconds=seconds)
    return _proof(result.id, result.entry_id, proof) if proof else None


def _proof(answer_id: UUID, entry_id: UUID, proof: InclusionProof) -> dict[str, Any]:
    leaf = entry(entry_id).entry_bytes
    shown = {
        "answer_id": answer_id,
        "entry_id": entry_id,
        "index": proof.index,
        "tree_size": proof.tree_size,
        "leaf_hash": proof.leaf_hash.hex(),
        "path": [step.hex() for step in proof.path],
        "root": proof.root.hex(),
        "entry": base64.b64encode(leaf).decode(),
        "checkpoint": proof.checkpoint,
        "vkey": log_vkey(),
    }
    return dict(ProofSerializer(shown).data)
