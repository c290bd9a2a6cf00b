"""How strictly a collection is answered from is decided for each by itself."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.access.actions import create_user
from clinrag.access.roles import Role
from clinrag.answering.errors import PolicyChangedMeanwhile
from clinrag.answering.models import CollectionPolicy
from clinrag.answering.policies import (
    policies_of,
    policy_for,
    policy_of,
    set_policy,
)
from clinrag.answering.policy import (
    GroundingPolicy,
    IdentifierPolicy,
    Policy,
    PolicyTerms,
)
from clinrag.answering.types import Outcome, Verdict
from ingestion import actions
from ingestion.queries import CollectionView, collection_by_slug
from tests.factories.people import make_person
from tests.integration.answering.clinic import (
    OLD_QUOTE,
    Clinic,
    ScriptedAnswerer,
    claims,
    recorded,
)

OPERATOR = make_person(5, "Ola Operator")
SHELL = Actor(ActorKind.SYSTEM, "command:test", "test", "shell")
REFUSE = PolicyTerms(GroundingPolicy.REFUSE, IdentifierPolicy.REFUSE)
SUPPORTED = ("Clinicians should avoid increasing dosage to ≥90 MME/day.", OLD_QUOTE)
TOO_MUCH = (
    (
        "Clinicians should avoid prescribing opioid pain medication and benzodiazepines "
        "concurrently whenever possible, given sedation, coma, falls and respiratory "
        "depression."
    ),
    "should avoid prescribing opioid pain medication and benzodiazepines",
)
WITH_A_DOSE = ("Clinicians may increase dosage to 120 MME/day.", OLD_QUOTE)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def pain(clinic: Clinic) -> CollectionView:
    return collection_by_slug("pain")


def lay_down(
    clinic: Clinic, collection: CollectionView, *, terms: PolicyTerms, seen: int = 0
) -> int:
    made = set_policy(
        collection,
        terms=terms,
        seen=seen,
        default=Policy(),
        reason="Agreed by the board.",
        by=OPERATOR,
        at=clinic.now(),
    )
    return made.number


def test_policy_is_set_by_a_new_row_and_an_entry(
    clinic: Clinic, pain: CollectionView
) -> None:
    assert policy_of(pain, default=Policy()).is_default
    assert lay_down(clinic, pain, terms=REFUSE) == 1
    assert lay_down(clinic, pain, terms=PolicyTerms(), seen=1) == 2
    assert policy_of(pain, default=Policy()).terms == PolicyTerms()
    assert [one.number for one in policies_of(pain)] == [2, 1]
    first, second = recorded("collection.policy_set")
    assert first["fields"]["grounding"] == "refuse"
    assert first["fields"]["former_grounding"] is None
    assert second["fields"]["number"] == 2
    assert second["fields"]["former_grounding"] == "refuse"
    assert second["fields"]["former_identifiers"] == "refuse"
    assert second["fields"]["former_external_models"] is False


def test_policy_is_not_set_over_one_that_was_not_seen(
    clinic: Clinic, pain: CollectionView
) -> None:
    lay_down(clinic, pain, terms=REFUSE)
    with pytest.raises(PolicyChangedMeanwhile):
        lay_down(clinic, pain, terms=PolicyTerms())
    assert CollectionPolicy.objects.count() == 1
    assert len(recorded("collection.policy_set")) == 1


@pytest.mark.parametrize(
    "change", ["UPDATE {} SET grounding = 'flag'", "DELETE FROM {}"]
)
def test_policy_stays_as_it_was_set(
    clinic: Clinic, pain: CollectionView, change: str
) -> None:
    lay_down(clinic, pain, terms=REFUSE)
    table = CollectionPolicy._meta.db_table
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table))


def test_question_to_several_is_held_to_the_strictest(
    clinic: Clinic, pain: CollectionView
) -> None:
    other = actions.create_collection(
        "sleep",
        name="Sleep",
        specialty="sleep",
        language="en",
        audience="everyone",
        by=OPERATOR,
        at=clinic.now(),
    )
    outside = PolicyTerms(external_models=True)
    lay_down(clinic, pain, terms=outside)
    default = Policy(identifiers=IdentifierPolicy.REFUSE, external_models=True)
    assert policy_for([pain], default=default).terms == outside
    assert policy_for([pain, other], default=default) == default
    lay_down(clinic, other, terms=replace(outside, grounding=GroundingPolicy.REFUSE))
    both = policy_for([pain, other], default=default)
    assert both.terms == replace(outside, grounding=GroundingPolicy.REFUSE)


def test_nothing_goes_outside_unless_both_allow_it(
    clinic: Clinic, pain: CollectionView
) -> None:
    def allows(*, deployment: bool) -> bool:
        default = Policy(external_models=deployment)
        return policy_for([pain], default=default).external_models

    lay_down(clinic, pain, terms=PolicyTerms(external_models=True))
    assert (allows(deployment=True), allows(deployment=False)) == (True, False)
    lay_down(clinic, pain, terms=PolicyTerms(), seen=1)
    assert (allows(deployment=True), allows(deployment=False)) == (False, False)


def test_answer_follows_the_collection_and_says_so(
    clinic: Clinic, pain: CollectionView
) -> None:
    clinic.serve(ScriptedAnswerer(claims(SUPPORTED, TOO_MUCH)))
    assert clinic.ask().outcome is Outcome.ANSWERED
    lay_down(clinic, pain, terms=REFUSE)
    assert clinic.ask().outcome is Outcome.NOT_GROUNDED
    assert (
        "grounding=refuse identifiers=refuse"
        in recorded("answer.refused")[0]["fields"]["policy"]
    )


def test_flag_shows_what_is_not_supported_marked_and_never_a_dose(
    clinic: Clinic, pain: CollectionView
) -> None:
    lay_down(clinic, pain, terms=PolicyTerms(grounding=GroundingPolicy.FLAG))
    clinic.serve(ScriptedAnswerer(claims(SUPPORTED, TOO_MUCH, WITH_A_DOSE)))
    answer = clinic.ask()
    supported, shown = (claim.verdict for claim in answer.claims)
    assert supported is Verdict.SUPPORTED is not shown
    assert answer.text is not None
    assert answer.text.count("(not supported by the text it cites)") == 1
    assert "120" not in answer.text
    assert answer.confidence == "low"
    assert any("marked" in notice for notice in answer.notices)
    assert any("left out" in notice for notice in answer.notices)


def test_flag_shows_nothing_when_nothing_is_supported(
    clinic: Clinic, pain: CollectionView
) -> None:
    lay_down(clinic, pain, terms=PolicyTerms(grounding=GroundingPolicy.FLAG))
    clinic.serve(ScriptedAnswerer(claims(TOO_MUCH)))
    assert clinic.ask().outcome is Outcome.NOT_GROUNDED


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("set_answering_policy", "pain", *arguments, "--json", stdout=out)
    return out.getvalue()


def test_command_sets_what_it_names_and_keeps_the_rest(
    clinic: Clinic, pain: CollectionView
) -> None:
    for name, role in (("ola", Role.OPERATOR), ("kim", Role.KNOWLEDGE_MANAGER)):
        create_user(name, password="x" * 14, roles=[role], by=SHELL, at=timezone.now())
    assert '"number": 0' in told("--by", "ola")
    assert '"refuse"' in told("--by", "ola", "--grounding", "refuse")
    with pytest.raises(CommandError, match="needs a reason"):
        told("--by", "ola", "--external-models")
    told("--by", "ola", "--external-models", "--reason", "The contract is signed.")
    terms = policy_of(pain, default=Policy()).terms
    assert terms == PolicyTerms(GroundingPolicy.REFUSE, external_models=True)
    with pytest.raises(CommandError, match="administer"):
        told("--by", "kim", "--grounding", "flag")
