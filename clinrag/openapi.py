"""How the interface describes itself: settings of drf-spectacular.

The names of enumerations stand here, because two fields with one name and different
values would else be told apart by a hash that changes with them.
"""

from typing import Final

DESCRIPTION: Final = {
    "TITLE": "ClinRAG",
    "DESCRIPTION": "Clinical answers with citations and a provenance ledger.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "UseEnum": ["cited", "in_prompt", "cut"],
        "AnswerStandingEnum": ["under_recall", "withdrawn", "superseded", "current"],
        "ChangeKindEnum": ["added", "removed", "changed", "moved", "unchanged"],
        "StandingEnum": [
            *("draft", "scheduled", "in_force", "superseded", "expired", "withdrawn")
        ],
        "RecallKindEnum": ["version", "section", "chunk"],
        "DeliveryStateEnum": ["pending", "delivered", "dead"],
        "HoldKindEnum": [
            *("subject", "question", "entry", "version", "time", "everything")
        ],
        "SourceKindEnum": ["folder", "http", "s3"],
        "OwnerTaskKindEnum": ["drafted", "missing", "failing", "review_due"],
        "DecisionEnum": ["approve", "return", "reject"],
        "HoldDecisionEnum": ["release", "reject"],
        "ErasableKindEnum": ["entry", "question", "subject"],
        "ExportKindEnum": ["answer", "entries", "period", "version", "subject"],
        "OutcomeEnum": [
            *("answered", "no_evidence", "not_grounded", "out_of_scope"),
            *("identifiers_found", "injection_suspected", "model_failed"),
        ],
        "VerdictEnum": ["supported", "partial", "unsupported", "not_factual"],
        "ReviewVerdictEnum": ["correct", "minor_issues", "wrong", "unsafe"],
        "ReplayOutcomeEnum": ["same", "differs", "incomplete"],
        "StageStateEnum": ["same", "differs", "not_run", "not_reached"],
        "StageNameEnum": [
            *("screening", "abbreviations", "policy", "embedding", "candidates"),
            *("order", "prompt", "model", "grounding", "result"),
        ],
        "AgreementStateEnum": ["pending", "approved", "refused", "executed", "expired"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
