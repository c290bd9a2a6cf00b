"""Signing in and out, and what a session remembers: purpose and appearance.

Every attempt to sign in is throttled and recorded by `clinrag.access`.
"""

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from clinrag.access.backends import address_of
from clinrag.access.errors import AccessError
from clinrag.access.models import User
from clinrag.access.signing_in import sign_in
from clinrag.web.labels import DEFAULT_PURPOSE, PURPOSES
from clinrag.web.people import page

THEMES = frozenset({"system", "light", "dark"})
A_YEAR = 365 * 24 * 3600
PURPOSE = "purpose"


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("Account name"),
        max_length=150,
        widget=forms.TextInput(
            {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_page(request: HttpRequest) -> HttpResponseBase:
    """Ask for name and password; the ledger records the attempt."""
    target = next_address(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None)
    problem = ""
    if form.is_valid():
        try:
            _sign_in(request, form)
        except AccessError as error:
            problem = str(error)
        else:
            return redirect(target)
    context = {"form": form, "next": target, "problem": problem}
    return render(request, "web/sign_in.html", context, status=403 if problem else 200)


def _sign_in(request: HttpRequest, form: SignInForm) -> None:
    """Open a session; raises AccessError when refused."""
    user: User = sign_in(
        form.cleaned_data["username"],
        password=form.cleaned_data["password"],
        address=address_of(request),
        at=timezone.now(),
    )
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])


@require_POST
def logout_page(request: HttpRequest) -> HttpResponseBase:
    """Close the session."""
    logout(request)
    return redirect("web:login")


@require_POST
def set_appearance(request: HttpRequest) -> HttpResponseBase:
    """Remember light, dark or the device's own; a cookie, since it is no secret."""
    chosen = request.POST.get("theme", "")
    response = redirect(next_address(request))
    if chosen in THEMES:
        response.set_cookie(
            "theme",
            chosen,
            max_age=A_YEAR,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    return response


@require_POST
@page()
def set_purpose(request: HttpRequest) -> HttpResponse:
    """Remember why this person reads sealed content, until they sign out."""
    chosen = request.POST.get("purpose", "")
    if chosen in PURPOSES:
        request.session[PURPOSE] = chosen
    return redirect(next_address(request))


def purpose_of(request: HttpRequest) -> str:
    """Why this person reads sealed content; one of `PURPOSES`."""
    chosen = str(request.session.get(PURPOSE, DEFAULT_PURPOSE))
    return chosen if chosen in PURPOSES else DEFAULT_PURPOSE


def purpose_context(request: HttpRequest) -> dict[str, object]:
    """What the choice of a purpose shows."""
    choices = [{"value": value, "label": label} for value, label in PURPOSES.items()]
    return {"purposes": choices, "purpose": purpose_of(request)}


def next_address(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site only."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        wanted,
        allowed_hosts={request.get_host()},
        require_https=request.is_secure(),
    )
    return wanted if allowed else reverse("web:overview")
