"""The table of transitions: every pair, the events, the diagram."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from audit.events import EventType
from ingestion.errors import InvalidTransition
from ingestion.lifecycle import (
    ACTIVATED,
    DECIDED,
    PROCESSING,
    TRANSITIONS,
    Decision,
    Standing,
    Status,
    can_move,
    check_can_move,
    next_statuses,
    render_diagram,
    standing_at,
)

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
README = Path(__file__).parents[3] / "ingestion" / "README.md"
ALLOWED = """
    received parsed, received failed, parsed chunked, parsed failed, chunked embedded,
    chunked failed, embedded in_review, failed received, failed parsed,
    failed chunked, in_review approved,
    in_review returned, in_review rejected, returned in_review, approved returned,
    approved rejected, approved in_force, approved scheduled, scheduled in_force,
    scheduled withdrawn, in_force superseded, in_force withdrawn, superseded withdrawn,
    in_force expired, expired withdrawn, parsed held, in_review held, held parsed,
    scheduled superseded,
    held in_review, held rejected
"""
PAIRS = {tuple(pair.split()) for pair in ALLOWED.split(",")}


@pytest.mark.parametrize(
    ("source", "target"), list(product(Status, Status)), ids=lambda status: status.value
)
def test_transition_is_allowed_or_refused_as_listed(source: Status, target: Status):
    if (source.value, target.value) in PAIRS:
        assert check_can_move(source, target=target) is TRANSITIONS[source, target]
        assert can_move(source, target=target)
    else:
        with pytest.raises(InvalidTransition):
            check_can_move(source, target=target)
        assert not can_move(source, target=target)


def test_every_event_of_the_table_is_one_the_ledger_knows():
    names = {step.event for step in TRANSITIONS.values() if step.event}

    assert names <= {event.value for event in EventType}


def test_steps_without_an_event_are_the_machines_own():
    silent = {step.verb for step in TRANSITIONS.values() if step.event is None}

    assert silent == {"parse", "chunk", "embed"}


def test_text_comes_into_force_only_through_approval():
    doors = {
        source
        for (source, target) in TRANSITIONS
        if target in ACTIVATED and source not in ACTIVATED
    }

    assert doors == {Status.APPROVED}
    assert {source for source, target in TRANSITIONS if target in doors} == {
        Status.IN_REVIEW
    }


def test_held_version_waits_for_a_person_and_can_go_on_or_end():
    assert Status.HELD not in PROCESSING
    assert set(next_statuses(Status.HELD)) == {
        Status.PARSED,
        Status.IN_REVIEW,
        Status.REJECTED,
    }


def test_only_a_withdrawn_or_rejected_version_has_no_way_on():
    ends = {status for status in Status if not next_statuses(status)}

    assert ends == {Status.WITHDRAWN, Status.REJECTED}


def test_failed_version_goes_back_to_a_stage_of_the_machine():
    assert set(next_statuses(Status.FAILED)) <= PROCESSING


def test_every_stage_leads_on_without_a_person():
    assert all(
        any(
            TRANSITIONS[status, target].verb != "fail"
            for target in next_statuses(status)
        )
        for status in PROCESSING
    )


def test_every_decision_leads_from_review_to_a_status():
    assert set(DECIDED) == set(Decision)
    assert all(can_move(Status.IN_REVIEW, target=end) for end in DECIDED.values())


def test_diagram_in_the_readme_is_the_generated_one():
    assert f"```mermaid\n{render_diagram()}\n```" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, Standing.DRAFT),
        ({"in_force_from": T0 + DAY}, Standing.SCHEDULED),
        ({"in_force_from": T0}, Standing.IN_FORCE),
        ({"in_force_from": T0 - DAY, "in_force_to": T0 + DAY}, Standing.IN_FORCE),
        ({"in_force_from": T0 - DAY, "in_force_to": T0}, Standing.SUPERSEDED),
        ({"in_force_from": T0 + DAY, "in_force_to": T0 + DAY}, Standing.SUPERSEDED),
        (
            {"in_force_from": T0 - DAY, "in_force_to": T0, "planned_until": T0},
            Standing.EXPIRED,
        ),
        (
            {"in_force_from": T0 - DAY, "in_force_to": T0, "planned_until": T0 + DAY},
            Standing.SUPERSEDED,
        ),
        (
            {
                "in_force_from": T0 - DAY,
                "in_force_to": T0 + DAY,
                "planned_until": T0 + DAY,
            },
            Standing.IN_FORCE,
        ),
        ({"in_force_from": T0 - DAY, "withdrawn_at": T0}, Standing.WITHDRAWN),
        ({"in_force_from": T0 - DAY, "withdrawn_at": T0 + DAY}, Standing.IN_FORCE),
    ],
)
def test_standing_follows_from_the_dates(fields: dict, standing: Standing):
    dates = {"in_force_from": None, "in_force_to": None, "withdrawn_at": None}

    assert standing_at(T0, **(dates | fields)) is standing
