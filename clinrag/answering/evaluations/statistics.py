"""How far a share may be trusted, and whether a change is more than chance.

Promises: pure, and exact where the sample is small: Wilson's score interval (E. B.
Wilson, Journal of the American Statistical Association 22, 1927, 209-212) and
McNemar's test of paired answers (Q. McNemar, Psychometrika 12, 1947, 153-157) in its
exact form, which is the sign test (W. J. Dixon and A. M. Mood, Journal of the American
Statistical Association 41, 1946, 557-566). Will not: correct for passages of one answer
being alike; an interval over several of a question is too narrow.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

Z95: Final = 1.959963984540054  # the 97.5th percentile of the normal distribution


def wilson(hits: int, of: int, *, z: float = Z95) -> tuple[float, float]:
    """Bounds of a share, 0 to 1; of none, all is possible."""
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    # Exact at the ends, where rounding leaves 1e-17.
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == of else min(1.0, centre + half)
    return low, high


def sign_test(better: int, worse: int) -> float:
    """How probable so uneven a split, or a more uneven one, is by chance alone.

    Two-sided; pairs that are equal say nothing and are not counted.
    """
    pairs, fewer = better + worse, min(better, worse)
    tail = sum(math.comb(pairs, k) for k in range(fewer + 1))
    return min(1.0, float(Fraction(2 * tail, 1 << pairs)))


def percentile(values: Sequence[int], share: float) -> int:
    """The smallest value that this share of all does not exceed; 0 of none."""
    if not values:
        return 0
    place = math.ceil(share * len(values))
    return sorted(values)[max(place, 1) - 1]
