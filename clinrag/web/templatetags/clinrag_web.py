"""How pages show times, statuses, outcomes, hashes and scores, in one place each.

Promises: escaped markup, no inline style or script. Will not: query anything.
"""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import template
from django.http import HttpRequest
from django.template.defaultfilters import date as format_date
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from audit.exports.records import ExportView
from audit.exports.records import State as PackageState
from clinrag.access.models import User
from clinrag.access.roles import ROLE_LABELS, Permission, Role
from clinrag.web.labels import (
    ANSWERERS,
    AUTHORIZATIONS,
    OUTCOME_SENTENCES,
    OUTCOMES,
    PACKAGES,
    STATUSES,
    Label,
    code_words,
    in_words,
    label_of,
)
from clinrag.web.once import FIELD
from clinrag.web.people import READERS, STEWARDS

register = template.Library()

CUSTODIANS = (
    Permission.READ_LEDGER,
    Permission.EXPORT_LEDGER,
    Permission.ADMINISTER,
)
EVALUATORS = (*STEWARDS, Permission.ADMINISTER)
THEMES = ("system", "light", "dark")
EMPTY = "–"


@register.simple_tag
def once() -> SafeString:
    """Marks a form, so that it makes one thing however often it is sent."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid4())


@register.simple_tag
def took(begun: datetime, ended: datetime) -> str:
    """How long something took, in seconds."""
    seconds = (ended - begun).total_seconds()
    return _("%(seconds).1f s") % {"seconds": seconds}


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """The chosen appearance, from its cookie; `system` follows the device."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else "system"


@register.inclusion_tag("web/_top.html", takes_context=True)
def top_bar(context: dict[str, Any]) -> dict[str, Any]:
    """The menu, with the pages this person may open."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    path = request.path if request else ""
    return {
        "items": _menu(person, path) if person else [],
        "person": person,
        "roles": _role_names(person) if person else "",
        "csrf_token": context.get("csrf_token"),
    }


def _menu(person: User, path: str) -> list[dict[str, Any]]:
    ledger = (Permission.READ_LEDGER,)
    places = [
        ("overview", _("Overview"), ()),
        ("answers", _("Answers"), ledger),
        ("documents", _("Documents"), READERS),
        ("reviews", _("Reviews"), (Permission.REVIEW, Permission.READ_LEDGER)),
        ("recalls", _("Recalls"), (Permission.RECALL, Permission.READ_LEDGER)),
        ("evaluations", _("Evaluations"), EVALUATORS),
        ("integrity", _("Integrity"), ledger),
        ("waiting", _("Custody"), CUSTODIANS),
        ("ask", _("Ask"), (Permission.ASK,)),
    ]
    items = [
        {"url": reverse(f"web:{name}"), "label": label}
        for name, label, needed in places
        if not needed or person.permissions.intersection(needed)
    ]
    if person.is_staff:
        items.append({"url": reverse("admin:index"), "label": _("Administration")})
    return [item | {"current": _is_current(item["url"], path)} for item in items]


def _is_current(url: str, path: str) -> bool:
    if url == reverse("web:overview"):
        return path == url
    related = {
        reverse("web:documents"): (
            *(
                "/versions/",
                "/compare/",
                "/upload",
                "/sources",
                "/collections/",
                "/new-collection",
            ),
        ),
    }
    return path.startswith((url, *related.get(url, ())))


@register.inclusion_tag("web/_places.html", takes_context=True)
def custody_places(context: dict[str, Any]) -> dict[str, Any]:
    """The pages about custody that this person may open."""
    request: HttpRequest = context["request"]
    person, path = request.user, request.path
    may = person.permissions if isinstance(person, User) else frozenset()
    ledger, export = (Permission.READ_LEDGER,), (Permission.EXPORT_LEDGER,)
    places = [
        ("waiting", _("Waiting for a second person"), CUSTODIANS),
        ("packages", _("Evidence packages"), export),
        ("access_log", _("Access log"), ledger),
        ("emergencies", _("Emergency accesses"), ledger),
        ("retention", _("Holds and retention"), ledger),
        ("erasures", _("Erasure"), export),
        ("requirements", _("Requirements"), ledger),
    ]
    return {
        "items": [
            {"url": url, "label": label, "current": _is_here(url, path)}
            for name, label, needed in places
            if may.intersection(needed) and (url := _address(name))
        ]
    }


def _is_here(url: str, path: str) -> bool:
    if url == reverse("web:waiting"):
        return path == url or path.startswith(f"{url}/requests")
    return path.startswith(url)


def _address(name: str) -> str:
    try:
        return reverse(f"web:{name}")
    except NoReverseMatch:
        return ""


def _role_names(person: User) -> str:
    known = set(Role)
    return ", ".join(ROLE_LABELS[Role(role)] for role in person.roles if role in known)


@register.inclusion_tag("web/_foot.html", takes_context=True)
def bottom_bar(context: dict[str, Any]) -> dict[str, Any]:
    """The foot of every page, with the choice of appearance."""
    request: HttpRequest | None = context.get("request")
    chosen = theme(context)
    labels = {"system": _("System"), "light": _("Light"), "dark": _("Dark")}
    safe = request is not None and request.method in {"GET", "HEAD"}
    return {
        "zone": timezone.get_current_timezone_name(),
        "here": request.get_full_path() if request and safe else "/",
        "choices": [
            {
                "value": one,
                "label": labels[one],
                "pressed": "true" if one == chosen else "false",
            }
            for one in THEMES
        ],
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """A moment in the reader's zone, with the exact one beside it."""
    if not moment:
        return EMPTY
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}" class="nowrap">{}</time>',
        moment.isoformat(),
        moment.isoformat(timespec="seconds"),
        format_date(local, "j M Y, H:i"),
    )


@register.simple_tag
def day(moment: datetime | date | None) -> SafeString | str:
    """A date, or the date of a moment."""
    if not moment:
        return EMPTY
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return format_html(
        '<time datetime="{}" class="nowrap">{}</time>',
        local.isoformat(),
        format_date(local, "j M Y"),
    )


def _badge(label: Label) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', label.tone, label.words)


@register.simple_tag
def badge(status: str) -> SafeString:
    """A version's status or standing."""
    return _badge(label_of(STATUSES, str(status)))


def _outcome_code(row: Any) -> str:
    code = str(row.outcome or getattr(row, "state", "") or "open")
    return code.lower()


@register.simple_tag
def agreement(state: str) -> SafeString:
    """How far a request that needs two people is."""
    return _badge(label_of(AUTHORIZATIONS, str(state)))


@register.simple_tag
def package_state(view: ExportView) -> SafeString:
    """How far an evidence package is."""
    asked = view.authorization.state
    if view.state is PackageState.REQUESTED and asked != "pending":
        return _badge(label_of(AUTHORIZATIONS, asked.value))
    return _badge(label_of(PACKAGES, view.state.value))


@register.simple_tag
def labelled(label: Label) -> SafeString:
    """A badge whose words somebody chose already."""
    return _badge(label)


@register.simple_tag
def outcome(row: Any) -> SafeString:
    """How a question ended, or that it has not."""
    return _badge(label_of(OUTCOMES, _outcome_code(row)))


@register.simple_tag
def outcome_sentence(row: Any) -> str:
    """How a question ended, as a sentence."""
    code = _outcome_code(row)
    return str(OUTCOME_SENTENCES.get(code, in_words(code)))


@register.filter
def short(value: object) -> str:
    """The first eight characters of an id or a hash."""
    return str(value)[:8]


@register.filter
def words(value: object) -> str:
    """A code opened up into words."""
    return in_words(value)


@register.filter
def answerer(name: str) -> str:
    """Who answered: an answerer of our own in words, a model by its name."""
    return str(ANSWERERS.get(name, name)) or EMPTY


@register.filter
def explained(code: object) -> str:
    """What a stable code of the ledger says to people."""
    return str(code_words(str(code)))


@register.filter
def score(value: str | None) -> str:
    """A recorded score to four places; the exact one is in the entry."""
    if value is None or value == "":
        return EMPTY
    try:
        return f"{float(value):.4f}"
    except ValueError:
        return str(value)
