"""How policies are compared, named and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.answering.policy import (
    GroundingPolicy,
    IdentifierPolicy,
    Policy,
    PolicyTerms,
    policy_of_label,
)

TERMS = st.builds(
    PolicyTerms,
    grounding=st.sampled_from(GroundingPolicy),
    identifiers=st.sampled_from(IdentifierPolicy),
    external_models=st.booleans(),
)


@given(st.lists(TERMS, min_size=1, max_size=4))
def test_strictest_gives_way_to_none_of_them(every: list[PolicyTerms]) -> None:
    chosen = PolicyTerms.strictest(every)
    assert PolicyTerms.strictest([chosen, *every]) == chosen
    assert chosen.external_models == all(one.external_models for one in every)
    refusing = any(one.grounding is GroundingPolicy.REFUSE for one in every)
    assert (chosen.grounding is GroundingPolicy.REFUSE) == refusing


def test_showing_what_is_not_supported_is_the_least_strict() -> None:
    flag, drop = (
        PolicyTerms(grounding=GroundingPolicy(one)) for one in ("flag", "drop")
    )
    assert PolicyTerms.strictest([flag, drop]) == drop


@given(TERMS, st.integers(1, 100_000))
def test_label_is_read_back(terms: PolicyTerms, budget: int) -> None:
    policy = Policy(prompt_tokens=budget).with_terms(terms)
    assert policy_of_label(policy.label, otherwise=Policy()) == policy
    assert (
        policy_of_label(f"{policy.label} fallback=none", otherwise=Policy()) == policy
    )


def test_label_of_first_entries_is_read() -> None:
    old = "rules/1 grounding=trim identifiers=refuse prompt_tokens=50 fallback=none"
    read = policy_of_label(old, otherwise=Policy(external_models=True))
    assert (read.grounding, read.identifiers) == (
        GroundingPolicy.DROP,
        IdentifierPolicy.REFUSE,
    )
    assert (read.prompt_tokens, read.external_models) == (50, False)


def test_label_with_an_unknown_term_is_refused() -> None:
    with pytest.raises(ValueError, match="perhaps"):
        policy_of_label("rules/1 grounding=perhaps", otherwise=Policy())
