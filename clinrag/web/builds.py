"""Indexes built beside those in use, in words somebody can act on.

Promises: each text that a build could not do is told by its title, why, and what may
be done about it; those beyond the first are counted. Will not: decide anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinrag.web.labels import Label, Words, label_of
from ingestion.queries import BuildFailure, BuildView, VersionView, versions_named

MOST_FAILURES: Final = 50
BUILDS: Final[dict[str, Label]] = {
    "building": Label(gettext_lazy("being built"), "wait"),
    "switched": Label(gettext_lazy("searched"), "ok"),
    "reverted": Label(gettext_lazy("gone back from"), "warn"),
    "abandoned": Label(gettext_lazy("abandoned"), "warn"),
}
REPLACED: Final = Label(gettext_lazy("searched before"))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a text could not be done, and what to do about it."""

    why: Words
    advice: Words


REASONS: Final[Mapping[str, Reason]] = {
    "embedding_failed": Reason(
        gettext_lazy("The embedder did not answer, or not with vectors."),
        gettext_lazy("The text is fine. Ask the operator whether it runs; try again."),
    ),
    "processing_gave_up": Reason(
        gettext_lazy("Workers began it again and again, and none came to its end."),
        gettext_lazy(
            "Ask the operator for the reason, in the workers' logs and memory; then"
            " try again."
        ),
    ),
    "processing_failed": Reason(
        gettext_lazy("The work stopped with an error of our own."),
        gettext_lazy("Try again once. If it fails the same way, tell the operator."),
    ),
}


@dataclass(frozen=True, slots=True)
class FailedText:
    """An edition that a build could not do."""

    version_id: UUID
    title: str
    label: str
    code: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class BuildLine:
    """A build; `failed` are the first of what it could not do, `more` the others."""

    view: BuildView
    state: Label
    sentence: str
    failed: tuple[FailedText, ...]
    more: int

    @property
    def is_open(self) -> bool:
        """Whether it still goes on: no other is begun beside it."""
        return self.view.state == "building"

    @property
    def is_complete(self) -> bool:
        """Whether all that was planned is done, so that a switch can be tried."""
        return self.view.versions_done == self.view.versions


def build_lines(builds: Sequence[BuildView]) -> list[BuildLine]:
    """Builds, the newest first, in words; the texts are read in one statement."""
    names = versions_named(
        failure.version_id for build in builds for failure in _first(build)
    )
    searched = next((one.id for one in builds if one.state == "switched"), None)
    return [_line(one, names, is_searched=one.id == searched) for one in builds]


def _line(
    view: BuildView, names: Mapping[UUID, VersionView], *, is_searched: bool
) -> BuildLine:
    was_searched = view.state == "switched" and not is_searched
    return BuildLine(
        view=view,
        state=REPLACED if was_searched else label_of(BUILDS, view.state),
        sentence=_sentence(view) if view.state == "building" else "",
        failed=tuple(sorted(_failed(_first(view), names), key=_by_title)),
        more=max(len(view.failures) - MOST_FAILURES, 0),
    )


def _first(build: BuildView) -> tuple[BuildFailure, ...]:
    """What is told one by one: an ended build can no longer be mended."""
    return build.failures[:MOST_FAILURES] if build.state == "building" else ()


def _failed(
    failures: Iterable[BuildFailure], names: Mapping[UUID, VersionView]
) -> Iterable[FailedText]:
    for one in failures:
        version = names[one.version_id]
        yield FailedText(
            version_id=version.id,
            title=version.document_title,
            label=version.label,
            code=one.code,
            reason=REASONS.get(one.code, REASONS["processing_failed"]),
        )


def _by_title(text: FailedText) -> tuple[str, str]:
    return text.title, text.label


def _sentence(view: BuildView) -> str:
    counts = {"done": view.versions_done, "all": view.versions, "n": len(view.failures)}
    if view.failures:
        told = ngettext(
            "%(done)d of %(all)d texts are done; %(n)d could not be done."
            " Until it is, searches go on by the index in use.",
            "%(done)d of %(all)d texts are done; %(n)d could not be done."
            " Until they are, searches go on by the index in use.",
            counts["n"],
        )
        return told % counts
    if view.versions_done < view.versions:
        told = _(
            "%(done)d of %(all)d texts are done. The workers go on by themselves;"
            " searches go on by the index in use."
        )
        return told % counts
    return _("All texts are done: the collection can be searched by it.")
