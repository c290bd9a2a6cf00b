"""How far reviewers agree, beyond what chance would give.

Promises: pure; 1 is full agreement, 0 what chance gives, below 0 worse than that; None
where nothing can be compared. Two measures, for two raters and for any number:

Cohen's kappa (J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational
and Psychological Measurement 20, 1960). Krippendorff's alpha (K. Krippendorff,
"Computing Krippendorff's Alpha-Reliability", 2011), for nominal categories and for
ordered ones, with missing ratings.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import permutations

Distance = Callable[[int, int], float]


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Of two raters who rated the same items, each pair one item.

    None without items. Where both give one and the same category throughout, chance
    agrees as well as they do; that is 1 here, as they never differ.
    """
    if not pairs:
        return None
    size = len(pairs)
    observed = sum(one == other for one, other in pairs) / size
    first = Counter(one for one, _ in pairs)
    second = Counter(other for _, other in pairs)
    expected = sum(first[one] * second[one] for one in first) / size**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def krippendorffs_alpha(
    units: Sequence[Sequence[int]], *, ordered: bool = False
) -> float | None:
    """Of any number of raters; a unit holds the ratings it was given, as numbers.

    Units with fewer than two ratings tell nothing. None when no unit tells anything;
    1 when every rating is the same.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    if not pairable:
        return None
    totals = Counter(rating for unit in pairable for rating in unit)
    distance = _ordinal(totals) if ordered else _nominal
    expected = _expected(totals, distance)
    if expected == 0:
        return 1.0
    return 1 - _observed(pairable, distance) / expected


def _observed(units: Sequence[Sequence[int]], distance: Distance) -> float:
    """Disagreement within units, each pair weighed by the size of its unit."""
    size = sum(map(len, units))
    within = (
        sum(distance(one, other) for one, other in permutations(unit, 2))
        / (len(unit) - 1)
        for unit in units
    )
    return sum(within) / size


def _expected(totals: Mapping[int, int], distance: Distance) -> float:
    """Disagreement of ratings paired without regard to units."""
    size = sum(totals.values())
    across = sum(
        totals[one] * totals[other] * distance(one, other)
        for one, other in permutations(totals, 2)
    )
    return across / (size * (size - 1))


def _nominal(one: int, other: int) -> float:
    return float(one != other)


def _ordinal(totals: Mapping[int, int]) -> Distance:
    """The square of how many ratings lie between, those at both ends by half."""

    def distance(one: int, other: int) -> float:
        low, high = sorted((one, other))
        between = sum(count for rank, count in totals.items() if low <= rank <= high)
        return float((between - (totals[low] + totals[high]) / 2) ** 2)

    return distance
