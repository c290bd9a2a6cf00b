"""Why there is no answer, for programs and for people.

Promises: every reason a refusal or failure can carry has a sentence here; codes
never change their meaning.
"""

from typing import Final

NO_PASSAGES: Final = "no_passages"
ABSTAINED: Final = "abstained"
CLAIMS_UNSUPPORTED: Final = "claims_unsupported"
SOME_CLAIMS_UNSUPPORTED: Final = "some_claims_unsupported"
DOSE_NOT_CITED: Final = "dose_not_cited"
TEXT_WITHDRAWN: Final = "cited_text_withdrawn"
NOT_CLINICAL: Final = "not_clinical"
IDENTIFIERS: Final = "identifiers_in_question"
INSTRUCTIONS: Final = "instructions_in_question"
EMBEDDING_FAILED: Final = "embedding_failed"
INTERNAL_ERROR: Final = "internal_error"

SENTENCES: Final[dict[str, str]] = {
    NO_PASSAGES: "No text in force in these collections bears on the question.",
    ABSTAINED: "The documents in force do not answer the question.",
    CLAIMS_UNSUPPORTED: (
        "An answer was drafted, but no statement in it is supported by the text it "
        "cites, so none is shown."
    ),
    SOME_CLAIMS_UNSUPPORTED: (
        "An answer was drafted, but not every statement in it is supported by the "
        "text it cites, and this deployment releases all or nothing."
    ),
    DOSE_NOT_CITED: (
        "The question asks for a dose, and the documents in force state none that "
        "could be cited."
    ),
    TEXT_WITHDRAWN: (
        "An answer was drafted, but a text it cites was withdrawn while it was being "
        "drafted. Ask again to be answered from what is in force now."
    ),
    NOT_CLINICAL: "The question is not one for a clinical knowledge base.",
    IDENTIFIERS: (
        "The question contains what looks like a person's identifiers; ask it "
        "without them."
    ),
    INSTRUCTIONS: (
        "The question reads like instructions to the system; ask it in plain words."
    ),
    EMBEDDING_FAILED: "The embedding model could not be used.",
    INTERNAL_ERROR: "Something went wrong while answering.",
    "answer_interrupted": "The server was stopped before the model had answered.",
    "model_unavailable": "The model server cannot be reached or is overloaded.",
    "model_timeout": "The model server did not finish its answer in time.",
    "model_rejected": "The model server refused the request.",
    "model_rubbish": "The model server replied with something that is not an answer.",
    "model_address_refused": "The model server's address may not be used.",
    "model_address_forbidden": (
        "The model server is outside this site, and these collections may not be "
        "sent there."
    ),
    "search_timed_out": "The search took too long and was stopped.",
    "prompt_too_small": "Not one passage fits into the prompt's budget.",
    "template_changed": "A prompt template was edited without a new version number.",
    "inference_error": "The model server could not be used.",
}


def sentence(reason: str | None) -> str | None:
    """The sentence for a reason; None for none."""
    return None if reason is None else SENTENCES.get(reason, reason)
