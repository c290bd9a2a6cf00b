"""Slows down guessing: after some failures a name is locked for that address.

The pair of name and address is kept as a keyed digest only, so that the table
tells nobody what was typed (people type passwords into the wrong field). The
lock is per pair: a stranger cannot lock a clinician out from elsewhere.
"""

from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from clinrag.access.models import SignInThrottle

ALLOWED_FAILURES = 5
WINDOW = timedelta(minutes=15)
LOCK = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


def subject_digest(username: str, address: str) -> str:
    """The pair as a keyed digest in hexadecimal; case of the name is ignored."""
    pair = f"{username.casefold()}\0{address}"
    return salted_hmac("clinrag.access.sign_in", pair, algorithm="sha256").hexdigest()


def is_locked(username: str, address: str, *, at: datetime) -> bool:
    """Whether this name may not be tried from this address at that moment."""
    subject = subject_digest(username, address)
    return SignInThrottle.objects.filter(
        subject_digest=subject, locked_until__gt=at
    ).exists()


def count_failure(username: str, address: str, *, at: datetime) -> bool:
    """Count one failure inside the caller's transaction; True when it locks."""
    forget_old_failures(before=at - FORGOTTEN_AFTER)
    row, _ = SignInThrottle.objects.get_or_create(
        subject_digest=subject_digest(username, address),
        defaults={"window_started_at": at},
    )
    row = SignInThrottle.objects.select_for_update().get(pk=row.pk)
    if row.window_started_at + WINDOW <= at:
        row.failures, row.window_started_at, row.locked_until = 0, at, None
    row.failures += 1
    if row.failures >= ALLOWED_FAILURES:
        row.locked_until = at + LOCK
    row.save()
    return row.locked_until is not None


def forget_failures(username: str, address: str) -> None:
    """Start counting anew, after a success."""
    SignInThrottle.objects.filter(
        subject_digest=subject_digest(username, address)
    ).delete()


def forget_old_failures(*, before: datetime) -> None:
    """Delete counts begun before that moment, so that guessing fills no disk."""
    SignInThrottle.objects.filter(window_started_at__lt=before).delete()
