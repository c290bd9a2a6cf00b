"""The stages before a search: what was made of the question, and by which rules.

Promises: the same functions that answered, on the recorded question. Tells places, no
words.
"""

from collections.abc import Mapping

from clinrag.answering.policies import policy_for
from clinrag.answering.refusals import refusal_of
from clinrag.answering.replay.comparing import first_item
from clinrag.answering.replay.rerun import Rerun
from clinrag.answering.replay.types import Difference, Stage, StageName
from clinrag.answering.types import Outcome

TURNED_AWAY = frozenset(
    {Outcome.INJECTION_SUSPECTED, Outcome.IDENTIFIERS_FOUND, Outcome.OUT_OF_SCOPE}
)


def screened(rerun: Rerun) -> Stage:
    """Whether the same identifiers are masked, and the same is refused."""
    recorded, name = rerun.recorded, StageName.SCREENING
    then, now = recorded.sealed.masked_question, rerun.screening.masked_text
    place = first_item(then, now)
    if place is not None:
        sizes = (f"{len(then)} characters", f"{len(now)} characters")
        return Stage.differs(
            name,
            "Other words of the question are masked.",
            Difference(f"character {place + 1}", *sizes),
        )
    told = rerun.context.masked_text if rerun.context else None
    if told != recorded.sealed.masked_context:
        return Stage.differs(
            name,
            "Other words of the encounter are masked.",
            Difference("encounter", "as recorded", "otherwise"),
        )
    found = refusal_of(
        rerun.screening, policy=rerun.policy.identifiers, context=rerun.context
    )
    before, after = _refused_then(rerun), found[0].value if found else "looked up"
    if before != after:
        return Stage.differs(
            name,
            "The question is judged differently before anything is looked up.",
            Difference("outcome", before, after),
        )
    return Stage.same(name, f"Masked and judged the same: {after.replace('_', ' ')}.")


def _refused_then(rerun: Rerun) -> str:
    turned_away = rerun.recorded.outcome in TURNED_AWAY
    return rerun.recorded.outcome if turned_away else "looked up"


def held_to(rerun: Rerun) -> Stage:
    """Whether the collections are there, and the rules of the same version.

    Other terms of the policy are no difference: a replay holds to those of then.
    """
    recorded, name = rerun.recorded, StageName.POLICY
    if not rerun.collections:
        return Stage.not_run(name, "A collection that was asked is no longer there.")
    policy = policy_for(rerun.collections, default=rerun.services.policy)
    then, now = _terms(recorded.policy), _terms(policy.label)
    if then.get("rules") != now.get("rules"):
        return Stage.differs(
            name,
            "The rules have changed since: what they judge may come out otherwise.",
            Difference("rules", then.get("rules", "none"), now.get("rules", "none")),
        )
    changed = sorted(one for one in then if one in now and then[one] != now[one])
    if not changed:
        return Stage.same(name, "The same rules and the same policy.")
    terms = ", ".join(f"{one}={then[one]}" for one in changed)
    return Stage.same(name, f"The same rules; held to the policy of then: {terms}.")


def _terms(label: str) -> Mapping[str, str]:
    """What a label says, the version of the rules under "rules"."""
    parts = (one.replace("rules/", "rules=", 1) for one in label.split())
    return dict(one.split("=", 1) for one in parts if "=" in one)
