"""What a new edition and a recall came to, in a line each, and in what they fell short.

Promises: pure; reads what `demo_change` printed.
"""

from typing import Any


def edition_in_words(told: dict[str, Any]) -> str:
    comparison, foresight = told["comparison"], told["foresight"]
    grades = ", ".join(f"{n} {grade}" for grade, n in comparison["grades"].items())
    worst = (comparison["gravest"] or [{"old": "", "new": ""}])[0]
    return (
        f"{comparison['sections']} sections changed, risks: {grades or 'none'}"
        f" (“{worst['old']}” is now “{worst['new']}”); foreseen:"
        f" {foresight.get('changed', 0)} of {foresight.get('answers', 0)} answers"
        f" change; signed by {told['decision'].get('signed_by')},"
        f" {told['decision']['status'].replace('_', ' ')};"
        f" {len(told['impact']['answers'])} answers rest on the edition before"
    )


def shortfalls_of_edition(told: dict[str, Any]) -> list[str]:
    """Sentences that say what of it is not as it must be."""
    comparison, foresight = told["comparison"], told["foresight"]
    decision, impact = told["decision"], told["impact"]
    expected = {
        "no risk was found": bool(comparison["gravest"]),
        "nothing was foreseen": bool(foresight),
        "foresight found no answer that changes": foresight.get("changed", 0) > 0,
        "it was not signed": decision["authenticated_by"] == "password",
        "it is not in force": decision["status"] == "in_force",
        "no answer is found to rest on the edition before": bool(impact["answers"]),
    }
    return [f"new edition: {wrong}" for wrong, holds in expected.items() if not holds]


def recall_in_words(told: dict[str, Any]) -> str:
    recall, certificate = told["recall"], told["certificate"]
    if recall.get("again"):
        how = "known from an earlier run"
    elif recall.get("refused"):
        how = "told over the interface alone: CLINRAG_WEBHOOK_HOSTS names other hosts"
    else:
        how = "the app got a signed webhook and took note"
    return (
        f"{recall.get('answers', 0)} answers called back, {how}; certified: no answer"
        f" in entries 0 to {certificate.get('last')} used the draft"
    )


def shortfalls_of_recall(told: dict[str, Any]) -> list[str]:
    """Sentences that say what of it is not as it must be."""
    recall, message = told["recall"], told["recall"].get("message")
    wrong = []
    if not (recall.get("again") or recall.get("refused")):
        if message is None:
            wrong.append("recall: no webhook arrived")
        elif not message["signed"] or message["type"] != "recall.opened":
            wrong.append("recall: the webhook is not signed as it must be")
    if not told["certificate"]["verified"]:
        wrong.append(f"certificate: {told['certificate']['code']}")
    return wrong


def told_of_model(outcome: str, answer: dict[str, Any]) -> dict[str, Any]:
    """What was left of a model's answer once it was checked."""
    return {
        "outcome": outcome,
        "reason": answer.get("reason"),
        "answerer": answer.get("answerer"),
        "stood_in_for": bool(answer.get("fallback_used")),
        "claims": len(answer.get("claims", [])),
        "citations": len(answer.get("citations", [])),
    }


def model_in_words(told: dict[str, Any]) -> str:
    if told["stood_in_for"]:
        return (
            "what it wrote could not be used; the built-in answerer stood in for it:"
            f" {told['outcome']}, {told['claims']} statements"
        )
    if told["outcome"] == "answered":
        return (
            f"{told['answerer']}: {told['claims']} statements stand, each supported by"
            " the text it cites"
        )
    return f"{told['answerer']}: nothing of its answer stands ({told['reason']})"


def shortfalls_of_model(told: dict[str, Any]) -> list[str]:
    """Whatever it wrote is fine; that it got out unchecked is not."""
    if told["answerer"] is None:
        return [f"local model: {told['outcome']}"]
    if told["outcome"] == "answered" and not told["citations"]:
        return ["local model: an answer without a citation"]
    return []
