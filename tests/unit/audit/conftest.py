"""A profile for mutation testing: few examples, the same ones for each mutant.

That one fails is enough to know; making it small would take most of the time.
"""

from hypothesis import Phase, settings

settings.register_profile(
    "mutation",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
