"""People, API keys, grants of collections, and the memory of repeated requests.

No plaintext of a key or password is stored here, and no question or answer: a
request that was seen before is recognised by keyed digests of its key and its body.

Whoever can change these tables can sign in as anyone, but cannot change what the
ledger recorded about earlier sign-ins, keys and answers.
"""

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clinrag.access.roles import Permission, permissions_of


class User(AbstractUser):
    """A person with an account. What they may do follows from their roles alone."""

    roles = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow; nothing for a deactivated account."""
        return permissions_of(self.roles) if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether one of this person's roles allows it."""
        return permission in self.permissions

    @property
    def display_name(self) -> str:
        """The full name, or the account name where none was given."""
        return self.get_full_name() or self.username


class ApiKey(models.Model):
    """A key an application carries. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True)
    key_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    # Slugs. Empty: every collection open to everyone, and those granted.
    collections = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def permissions(self) -> frozenset[Permission]:
        """The scopes; a scope this release does not know allows nothing."""
        return frozenset(scope for scope in Permission if scope in self.scopes)

    def may(self, permission: Permission) -> bool:
        """Whether the key's scopes allow it."""
        return permission in self.permissions

    def is_expired(self, at: datetime) -> bool:
        """Whether its time was over at that moment."""
        return self.expires_at is not None and self.expires_at <= at


class CollectionGrant(models.Model):
    """Opens one collection, closed to most, to one person or one key."""

    collection = models.ForeignKey(
        "ingestion.Collection", on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey(
        "access.User", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="access_grant_has_one_holder",
                condition=Q(user__isnull=False, key__isnull=True)
                | Q(user__isnull=True, key__isnull=False),
            ),
            models.UniqueConstraint(
                name="access_grant_once_per_user", fields=["collection", "user"]
            ),
            models.UniqueConstraint(
                name="access_grant_once_per_key", fields=["collection", "key"]
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.pk}"


class SavedView(models.Model):
    """A list as one person likes to see it: a page's filters under a name of theirs."""

    user = models.ForeignKey(
        "access.User", on_delete=models.CASCADE, related_name="saved_views"
    )
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="access_savedview_name_once", fields=["user", "page", "name"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SignInThrottle(models.Model):
    """Failed sign-ins of one name from one address; both only as a keyed digest."""

    subject_digest = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"throttle {self.pk}"


class IdempotencyRecord(models.Model):
    """A request that must have its effect once, however often it is sent."""

    class State(models.TextChoices):
        """Where the first request with this key stands."""

        RUNNING = "running"
        FINISHED = "finished"

    actor_id = models.CharField(max_length=120)
    key_digest = models.CharField(max_length=64)
    body_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices)
    answer_id = models.UUIDField()
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="access_idempotency_once_per_actor",
                fields=["actor_id", "key_digest"],
            ),
        ]
        indexes = [
            models.Index(name="access_idempotency_age", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return f"idempotency {self.pk} ({self.state})"
