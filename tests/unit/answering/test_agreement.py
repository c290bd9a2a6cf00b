"""Cohen's kappa and Krippendorff's alpha, by figures worked out elsewhere and by law."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinrag.answering.reviews.agreement import cohens_kappa, krippendorffs_alpha

UNITS = st.lists(
    st.lists(st.integers(0, 3), min_size=0, max_size=4), min_size=0, max_size=12
)
PAIRS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30
)
FEW = settings(max_examples=60)

# Krippendorff 2011, section C: four observers, twelve units, ratings missing.
RATED = [
    [1, 1, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [5, 5, 5],
    [1, 1],
    [3],
]


def test_alpha_is_that_of_the_paper_with_missing_ratings():
    assert krippendorffs_alpha(RATED) == pytest.approx(0.743, abs=5e-4)
    assert krippendorffs_alpha(RATED, ordered=True) == pytest.approx(0.815, abs=5e-4)


def test_kappa_is_that_of_a_table_of_twenty_five_and_fifty():
    """20 both yes, 15 both no, 5 and 10 apart: observed 0.7, by chance 0.5."""
    pairs = [(1, 1)] * 20 + [(0, 0)] * 15 + [(1, 0)] * 5 + [(0, 1)] * 10
    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_nothing_to_compare_is_none():
    assert cohens_kappa([]) is None
    assert krippendorffs_alpha([]) is None
    assert krippendorffs_alpha([[1], [], [2]]) is None
    assert krippendorffs_alpha([[1, 1], [2]]) == 1


@FEW
@given(UNITS)
def test_agreement_never_exceeds_one_and_is_one_when_all_agree(units):
    for ordered in (False, True):
        found = krippendorffs_alpha(units, ordered=ordered)
        assert found is None or found <= 1 + 1e-12
        agreeing = [[unit[0]] * len(unit) for unit in units if unit]
        same = krippendorffs_alpha(agreeing, ordered=ordered)
        assert same is None or same == pytest.approx(1)


@FEW
@given(UNITS, st.permutations([0, 1, 2, 3]))
def test_nominal_alpha_knows_no_names_and_no_order_of_units(units, names):
    found = krippendorffs_alpha(units)
    renamed = [[names[one] for one in unit] for unit in reversed(units)]
    assert krippendorffs_alpha(renamed) == pytest.approx(found)


@FEW
@given(UNITS)
def test_ordered_alpha_is_the_same_read_backwards(units):
    found = krippendorffs_alpha(units, ordered=True)
    mirrored = [[3 - one for one in unit] for unit in units]
    assert krippendorffs_alpha(mirrored, ordered=True) == pytest.approx(found)


@FEW
@given(PAIRS)
def test_kappa_does_not_know_who_is_who_and_is_one_only_when_all_agree(pairs):
    found = cohens_kappa(pairs)
    swapped = cohens_kappa([(other, one) for one, other in pairs])
    assert swapped == pytest.approx(found)
    assert found <= 1
    assert (found == 1) == all(one == other for one, other in pairs)
