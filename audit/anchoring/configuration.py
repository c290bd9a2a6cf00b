"""What the settings say about witnesses, time-stamps and anchors, read once.

Promises a plan that fits together, or to say what does not. Asks nobody yet.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.anchoring.bucket import Bucket, BucketAddress
from audit.anchoring.errors import AnchoringMisconfigured
from audit.anchoring.folder import Folder
from audit.anchoring.places import Place
from audit.anchoring.timestamps import Authority, check_policy, read_roots
from audit.witnessing.policy import Policy, Witness


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is asked to vouch for checkpoints, and where they are written."""

    policy: Policy | None = None
    policy_sha256: bytes = b""
    authority: Authority | None = None
    places: tuple[Place, ...] = ()

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """Those that can be asked: the policy gives an address."""
        known = () if self.policy is None else self.policy.witnesses
        return tuple(witness for witness in known if witness.url)

    @property
    def is_empty(self) -> bool:
        return not (self.witnesses or self.authority or self.places)


def plan() -> Plan:
    """Raises PolicyInvalid or AnchoringMisconfigured."""
    policy, digest = _policy()
    return Plan(policy, digest, _authority(), places())


def places() -> tuple[Place, ...]:
    """Where anchors are written, folder first. Raises AnchoringMisconfigured."""
    found: list[Place] = []
    if settings.CLINRAG_ANCHOR_FOLDER:
        found.append(Folder(Path(settings.CLINRAG_ANCHOR_FOLDER)))
    if settings.CLINRAG_ANCHOR_BUCKET:
        found.append(Bucket(_bucket_address(settings)))
    return tuple(found)


def _policy() -> tuple[Policy | None, bytes]:
    if not settings.CLINRAG_WITNESS_POLICY:
        return None, b""
    path = Path(settings.CLINRAG_WITNESS_POLICY)
    policy = Policy.read(path, own=settings.CLINRAG_OWN_WITNESSES)
    return policy, sha256(path.read_bytes()).digest()


def _authority() -> Authority | None:
    url: str = settings.CLINRAG_TIMESTAMP_URL
    roots: str = settings.CLINRAG_TIMESTAMP_ROOTS
    oid: str = settings.CLINRAG_TIMESTAMP_POLICY
    if not url:
        return None
    if not roots:
        raise AnchoringMisconfigured("CLINRAG_TIMESTAMP_URL without its roots")
    if oid:
        check_policy(oid)
    return Authority(url, read_roots(Path(roots)), oid or None)


def _bucket_address(given: Any) -> BucketAddress:
    return BucketAddress(
        bucket=given.CLINRAG_ANCHOR_BUCKET,
        prefix=given.CLINRAG_ANCHOR_BUCKET_PREFIX,
        endpoint_url=given.CLINRAG_ANCHOR_BUCKET_URL or None,
        retain_days=given.CLINRAG_ANCHOR_BUCKET_DAYS,
    )
