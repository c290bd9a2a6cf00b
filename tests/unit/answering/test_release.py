import pytest

from clinrag.answering import reasons
from clinrag.answering.grounding import CheckedClaim, Grounding, QuotedSpan
from clinrag.answering.policy import GroundingPolicy
from clinrag.answering.release import asks_dose, decide
from clinrag.answering.types import Outcome, Verdict

DROP, REFUSE = GroundingPolicy.DROP, GroundingPolicy.REFUSE


def checked(verdict: Verdict, text: str = "Give 5 mg.") -> CheckedClaim:
    return CheckedClaim(text, verdict, (), ())


GOOD = checked(Verdict.SUPPORTED)
HALF = checked(Verdict.PARTIAL)
BAD = checked(Verdict.UNSUPPORTED)


@pytest.mark.parametrize(
    ("claims", "policy", "outcome", "released", "left_out"),
    [
        ((GOOD, GOOD), DROP, Outcome.ANSWERED, 2, 0),
        ((GOOD, BAD, HALF), DROP, Outcome.ANSWERED, 1, 2),
        ((GOOD, GOOD), REFUSE, Outcome.ANSWERED, 2, 0),
        ((GOOD, HALF), REFUSE, Outcome.NOT_GROUNDED, 0, 0),
        ((BAD, HALF), DROP, Outcome.NOT_GROUNDED, 0, 0),
        ((), DROP, Outcome.NO_EVIDENCE, 0, 0),
    ],
)
def test_only_supported_claims_are_released(
    claims, policy, outcome, released, left_out
):
    decision = decide(Grounding(claims), question="Why?", policy=policy)
    assert decision.outcome is outcome
    assert decision.claims == (GOOD,) * released
    assert decision.left_out == left_out
    assert (decision.reason is None) is (outcome is Outcome.ANSWERED)


def test_answer_about_a_dose_is_refused_when_it_cites_none():
    vague = checked(Verdict.SUPPORTED, "Dose by weight.")
    decision = decide(
        Grounding((vague,)), question="What is the dose of morphine?", policy=DROP
    )
    assert decision.outcome is Outcome.NOT_GROUNDED
    assert decision.reason == reasons.DOSE_NOT_CITED


def test_answer_about_a_dose_is_released_when_it_cites_one():
    decision = decide(
        Grounding((GOOD,)), question="What is the dose of morphine?", policy=DROP
    )
    assert decision.outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("What is the starting dose of apixaban?", True),
        ("How much paracetamol should be given?", True),
        ("How many mg can be taken a day?", True),
        ("Quelle est la dose de Paxlovid ?", True),
        ("Above what opioid dosage should a dose increase be avoided?", False),
        ("How many days of opioids are usually enough?", False),
    ],
)
def test_question_asks_for_a_dose_only_when_it_wants_an_amount(question, asks):
    assert asks_dose(question) is asks


def test_every_reason_has_a_sentence():
    codes = {
        value
        for name, value in vars(reasons).items()
        if name.isupper() and isinstance(value, str)
    }
    assert codes <= reasons.SENTENCES.keys()


def marked(text: str) -> int:
    span = QuotedSpan(1, 0, 5)
    more = CheckedClaim(text, Verdict.PARTIAL, (span,), ("not_all_in_source",))
    policy = GroundingPolicy.FLAG
    return decide(Grounding((GOOD, more)), question="Why?", policy=policy).flagged


@pytest.mark.parametrize(
    "text",
    [
        "Double the dose in renal impairment.",
        "Halve it in renal impairment.",
        "Methotrexate is given weekly.",
        "Methotrexate is given daily.",
        "The dose is doubled after a while.",
        "Titrate to effect.",
        "Give three of them.",
        "Give it b.i.d.",
        "Reduce it in the frail.",
    ],
)
def test_claim_is_not_shown_when_it_tells_how_much_or_how_often(text):
    assert marked(text) == 0
    assert marked("Physiotherapy relieves back pain.") == 1
