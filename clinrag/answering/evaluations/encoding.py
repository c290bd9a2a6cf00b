"""Reports as JSON and back, and the hash of one.

Promises: what is decoded equals what was encoded; only strings, integers and null are
written, so that canonical JSON can be hashed. A file of a report carries its hash, and
is refused if it says anything else by now.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from audit import canonical
from clinrag.answering.evaluations.errors import BaselineInvalid
from clinrag.answering.evaluations.types import (
    Evaluation,
    Gate,
    Inputs,
    Kind,
    Measure,
    Row,
    Share,
)
from clinrag.answering.types import Outcome


def encoded(evaluation: Evaluation) -> dict[str, Any]:
    """All that an evaluation says."""
    gate = evaluation.gate
    return {
        "set_name": evaluation.set_name,
        "inputs": asdict(evaluation.inputs),
        "results": [_row(one) for one in evaluation.rows],
        "gate": None if gate is None else _gate(gate),
    }


def decoded(told: Mapping[str, Any]) -> Evaluation:
    """The inverse of `encoded`; raises KeyError, TypeError, ValueError for others."""
    gate = told["gate"]
    return Evaluation(
        set_name=told["set_name"],
        inputs=Inputs(**told["inputs"]),
        rows=tuple(_told_row(one) for one in told["results"]),
        gate=None if gate is None else _told_gate(gate),
    )


def sha256_of(evaluation: Evaluation) -> str:
    """SHA-256 over the canonical JSON of all that it says."""
    return hashlib.sha256(canonical.encode(encoded(evaluation))).hexdigest()


def as_file(evaluation: Evaluation) -> dict[str, Any]:
    """A report to be kept outside, with its hash."""
    return encoded(evaluation) | {"sha256": sha256_of(evaluation)}


def from_file(told: object) -> Evaluation:
    """Raises BaselineInvalid unless it is what `as_file` gave."""
    try:
        evaluation = decoded(told)  # type: ignore[arg-type]
        intact = told["sha256"] == sha256_of(evaluation)  # type: ignore[index]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BaselineInvalid from None
    if not intact:
        raise BaselineInvalid
    return evaluation


def _row(row: Row) -> dict[str, Any]:
    shares = {str(key): [one.hits, one.of] for key, one in row.shares.items()}
    return {
        "id": row.id,
        "sha256": row.sha256,
        "text": row.text,
        "collections": list(row.collections),
        "kind": str(row.kind),
        "outcome": str(row.outcome),
        "rank": row.rank,
        "milliseconds": row.milliseconds,
        "shares": shares,
    }


def _told_row(told: Mapping[str, Any]) -> Row:
    shares = {Measure(key): Share(*one) for key, one in told["shares"].items()}
    return Row(
        **{
            **told,
            "collections": tuple(told["collections"]),
            "kind": Kind(told["kind"]),
            "outcome": Outcome(told["outcome"]),
            "shares": shares,
        }
    )


def _gate(gate: Gate) -> dict[str, Any]:
    lists = {"worse": list(gate.worse), "waived": list(gate.waived)}
    return asdict(gate) | lists


def _told_gate(told: Mapping[str, Any]) -> Gate:
    lists = {"worse": tuple(told["worse"]), "waived": tuple(told["waived"])}
    return Gate(**{**told, **lists})
