"""The words and tones for what the packages below call by a stable code.

A tone picks a colour and a glyph together: `ok`, `warn`, `bad`, `info`, `wait`
or none. An unknown code is shown as it is, with its underscores opened up.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit import errors as audit_errors
from audit import purposes
from audit.anchoring import errors as anchoring_errors
from audit.custody import errors as custody_errors
from audit.witnessing import errors as witnessing_errors

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Label:
    """What a person reads for a code, and how it is coloured."""

    words: Words
    tone: str = ""


STATUSES: dict[str, Label] = {
    "received": Label(_("received"), "wait"),
    "parsed": Label(_("read"), "wait"),
    "chunked": Label(_("cut into passages"), "wait"),
    "embedded": Label(_("embedded"), "wait"),
    "failed": Label(_("failed"), "bad"),
    "held": Label(_("held for a decision"), "warn"),
    "in_review": Label(_("in review"), "info"),
    "returned": Label(_("returned"), "warn"),
    "rejected": Label(_("rejected"), "bad"),
    "approved": Label(_("approved"), "info"),
    "scheduled": Label(_("scheduled"), "wait"),
    "in_force": Label(_("in force"), "ok"),
    "superseded": Label(_("superseded"), "warn"),
    "expired": Label(_("expired"), "warn"),
    "withdrawn": Label(_("withdrawn"), "bad"),
    "draft": Label(_("draft")),
    "unknown": Label(_("unknown")),
}

OUTCOMES: dict[str, Label] = {
    "answered": Label(_("answered"), "ok"),
    "no_evidence": Label(_("no evidence"), "warn"),
    "not_grounded": Label(_("not grounded"), "warn"),
    "out_of_scope": Label(_("out of scope"), "warn"),
    "identifiers_found": Label(_("identifiers found"), "warn"),
    "injection_suspected": Label(_("injection suspected"), "warn"),
    "model_failed": Label(_("model failed"), "bad"),
    "open": Label(_("under way"), "wait"),
    "lost": Label(_("lost"), "bad"),
}

OUTCOME_SENTENCES: dict[str, Words] = {
    "no_evidence": _("Refused for want of evidence."),
    "not_grounded": _("Refused: not supported by what was cited."),
    "out_of_scope": _("Refused as out of scope."),
    "identifiers_found": _("Refused: it seems to name a person."),
    "injection_suspected": _("Refused: it reads like instructions."),
    "model_failed": _("Failed, and recorded."),
    "open": _("Still being answered."),
    "lost": _("Lost: the work was cut short before an answer was recorded."),
    "answered": _("Answered."),
}

PURPOSES: dict[str, Words] = {one.code: one.label for one in purposes.OFFERED}
EVERY_PURPOSE: dict[str, Words] = {
    code: one.label for code, one in purposes.PURPOSES.items()
}
DEFAULT_PURPOSE = "audit_review"

MEANINGS: dict[str, Words] = {
    "clinical content checked": _("I checked the clinical content"),
    "formal approval": _("I approve this edition for use"),
    "transcription checked": _("I checked the text against the source"),
}

HOLDS: dict[str, Words] = {
    "identifiers_found": _("What looks like identifiers of patients was found"),
}

CHANGES: dict[str, tuple[str, Words]] = {
    "added": ("+", _("added")),
    "removed": ("−", _("removed")),
    "changed": ("≠", _("changed")),
    "moved": ("↕", _("moved")),
    "unchanged": ("=", _("unchanged")),
}

ACTIONS: dict[str, Words] = {
    "export": _("Evidence package"),
    "erasure": _("Erasure"),
    "pruning": _("Pruning"),
    "hold_release": _("Release of a legal hold"),
    "key_rotation": _("New key of the log"),
    "shard_opening": _("New shard of the log"),
}

# What an action is called inside a sentence.
ACTIONS_TOLD: dict[str, Words] = {
    "export": _("an evidence package"),
    "erasure": _("an erasure"),
    "pruning": _("a pruning"),
    "hold_release": _("the release of a legal hold"),
    "key_rotation": _("a new key of the log"),
    "shard_opening": _("a new shard of the log"),
}

AUTHORIZATIONS: dict[str, Label] = {
    "pending": Label(_("waiting"), "wait"),
    "approved": Label(_("approved"), "info"),
    "refused": Label(_("refused"), "bad"),
    "executed": Label(_("done"), "ok"),
    "expired": Label(_("expired"), "warn"),
}

PACKAGES: dict[str, Label] = {
    "requested": Label(_("waiting"), "wait"),
    "building": Label(_("being built"), "wait"),
    "built": Label(_("ready"), "ok"),
    "failed": Label(_("failed"), "bad"),
    "cancelled": Label(_("cancelled"), "warn"),
    "removed": Label(_("deleted"), "warn"),
}

KINDS: dict[str, Words] = {
    "answer": _("One answer"),
    "entries": _("A range of entries"),
    "period": _("A stretch of time"),
    "version": _("An edition of a document"),
    "subject": _("A person"),
}

CONTENTS: dict[str, Words] = {
    "none": _("Without sealed content: entries and proofs only"),
    "ciphertext": _("Sealed content as it is stored, without the keys"),
    "masked": _("Questions and answers, with what identifies a person masked"),
    "disclosed": _("Questions and answers in full"),
}

SCOPES: dict[str, Words] = {
    "export": _("Package"),
    "kind": _("About"),
    "content": _("Content"),
    "answer_id": _("Answer"),
    "version_id": _("Edition"),
    "subject_id": _("Person, by the id of the key"),
    "subject": _("Person, by the id of the key"),
    "question": _("Question, by its entry"),
    "entry": _("Entry"),
    "version": _("Edition"),
    "everything": _("Everything"),
    "hold": _("Hold"),
    "first_index": _("Block from entry"),
    "reason_class": _("Ground"),
    "first": _("From entry"),
    "last": _("To entry"),
    "since": _("From"),
    "until": _("Until"),
    "origin": _("Log"),
    "after_shard": _("Follows shard"),
}

HELD_KINDS: dict[str, Words] = {
    "subject": _("a person"),
    "question": _("an answer"),
    "entry": _("an entry"),
    "version": _("an edition"),
    "time": _("a stretch of time"),
    "everything": _("everything"),
}

GROUNDS: dict[str, Words] = {
    "subject_request": _("the person asked for it"),
    "retention_ended": _("it was kept long enough"),
    "entered_in_error": _("it was entered in error"),
    "court_order": _("a court ordered it"),
    "other": _("another ground"),
}

ERASURES: dict[str, Label] = {
    "begun": Label(_("begun"), "wait"),
    "stopped": Label(_("stopped by a hold"), "warn"),
    "done": Label(_("erased"), "ok"),
    "checked": Label(_("erased and checked"), "ok"),
}

REQUIREMENTS: dict[str, Label] = {
    "law": Label(_("law"), "info"),
    "proposal": Label(_("proposal")),
    "draft": Label(_("draft")),
    "standard": Label(_("standard"), "info"),
    "guidance": Label(_("guidance"), "info"),
}

RUNS: dict[str, Label] = {
    "waiting": Label(_("waits for a worker"), "wait"),
    "running": Label(_("under way"), "wait"),
    "held": Label(_("nothing altered"), "ok"),
    "broken": Label(_("failed"), "bad"),
    "failed": Label(_("could not be finished"), "warn"),
    "lost": Label(_("interrupted"), "warn"),
}

# Layers of a verification, as its report names them.
LAYERS: dict[str, Words] = {
    "index": _("Places are dense"),
    "entry": _("Entries are well formed"),
    "leaf": _("Entries hash to their leaves"),
    "head": _("The tree's head"),
    "shard": _("Shards and their openings"),
    "checkpoint": _("Checkpoints agree with the tree"),
    "signature": _("Signatures hold"),
    "held checkpoint": _("The checkpoint held elsewhere"),
    "tile": _("Tiles"),
    "payload": _("Sealed content is what was committed to"),
    "key": _("Keys"),
    "query": _("Each question has one end"),
    "pruned": _("Blocks dropped by two people"),
}

FINDINGS: dict[str, Label] = {
    "justified": Label(_("justified"), "ok"),
    "not_justified": Label(_("not justified"), "bad"),
}

DECISIONS: dict[str, Words] = {
    "approve": _("approved"),
    "return": _("returned with questions"),
    "reject": _("rejected"),
}

SURFACES: dict[str, Words] = {
    "web.evidence": _("the evidence page"),
    "web.emergency": _("the emergency page"),
    "web.packages": _("the pages"),
    "web.review": _("the review page"),
    "web.reviewing": _("the page to review an answer"),
    "web.own_answer": _("the page of one's own answer"),
    "api": _("the interface for programs"),
    "shell": _("a command"),
}

VOUCHERS: dict[str, Words] = {
    "witness": _("Witness"),
    "timestamp": _("Time-stamp authority"),
    "anchor": _("Anchor"),
    "policy": _("Quorum of witnesses"),
}

# Answerers of our own; a model is told by its name.
ANSWERERS: dict[str, Words] = {
    "extractive": _("the built-in answerer"),
    "none": _("nobody"),
}

# Settings that an answer was drafted with, and where its model was.
PARAMETERS: dict[str, Words] = {"address_class": _("Model's address")}
ADDRESSES: dict[str, Words] = {
    "builtin": _("none: built in"),
    "local": _("on the same machine"),
    "private": _("in the same private network"),
    "external": _("outside, at somebody else's"),
}

# Purposes a program may name in a question, beside those for reading.
ASKED_FOR: dict[str, Words] = {
    "care": _("care"),
    "trial": _("a trial"),
}

# An error's class says in its docstring what it tells people.
CODES: dict[str, Words] = {
    one.code: (one.__doc__ or "").splitlines()[0]
    for module in (audit_errors, anchoring_errors, custody_errors, witnessing_errors)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, audit_errors.AuditError)
}


def surface_words(surface: str) -> Words:
    """Where something was read: a page, the interface, or a package by its id."""
    kind, _colon, _rest = surface.partition(":")
    if kind == "export":
        return _("an evidence package")
    return SURFACES.get(surface, in_words(surface))


def class_words(name: str) -> Words:
    """A class of content as retention knows it; `*` stands for all of them."""
    return _("all classes") if name == "*" else in_words(name)


def code_words(code: str) -> Words:
    """What a stable code of the ledger says; an unknown one is its own words."""
    return CODES.get(code) or in_words(code)


def parameter_words(name: str, value: str) -> tuple[Words, Words]:
    """A setting and its value; what is unknown here keeps its value as it is."""
    label = PARAMETERS.get(name) or in_words(name).capitalize()
    return label, ADDRESSES.get(value, value) if name == "address_class" else value


def label_of(table: dict[str, Label], code: str) -> Label:
    """The label of a code; an unknown one is its own words."""
    return table.get(code) or Label(in_words(code))


def in_words(code: object) -> str:
    """A code as words: `in_force` reads "in force"."""
    return str(code).replace("_", " ").replace("-", " ")
