"""A profile for mutation testing: few examples, the same ones for each mutant."""

from hypothesis import settings

settings.register_profile(
    "mutation", max_examples=25, derandomize=True, database=None, deadline=None
)
