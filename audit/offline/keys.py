"""Public keys of logs and witnesses, and whether a signature is theirs.

Formats: C2SP signed-note (verifier keys, type 0x01) and tlog-cosignature (type 0x04).
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from audit.offline import curve
from audit.offline.encoding import LARGEST, read_base64
from audit.offline.problems import Malformed, Rejected, Unequipped

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    IS_EQUIPPED = False
else:
    IS_EQUIPPED = True

LOG: Final = 0x01
WITNESS: Final = 0x04
_KINDS: Final = frozenset({bytes([LOG]), bytes([WITNESS])})
SIGNATURE_SIZE: Final = 64
TIME_SIZE: Final = 8
MAX_VKEY: Final = 2_000
NAME: Final = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose key, what it signs (LOG or WITNESS), its 4-byte id, and 32 bytes."""

    name: str
    kind: int
    key_id: bytes
    public: bytes

    @property
    def vkey(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def verify(self, text: str, signature: bytes) -> int | None:
        """Check a signature over a note's text; raises Rejected.

        Returns the POSIX seconds that a witness put before it, None for a log.
        """
        time = None
        if self.kind == WITNESS:
            time = int.from_bytes(signature[:TIME_SIZE], "big")
            signature = signature[TIME_SIZE:]
            text = f"cosignature/v1\ntime {time}\n{text}"
        if len(signature) != SIGNATURE_SIZE or (time or 0) > LARGEST:
            raise Rejected("a signature has a wrong length", code="signature_invalid")
        _verify(self.public, text.encode(), signature)
        return time


def _verify(public: bytes, message: bytes, signature: bytes) -> None:
    if not IS_EQUIPPED:
        raise Unequipped(
            "the Python package `cryptography` is needed to check signatures:"
            " pip install cryptography",
            code="cryptography_missing",
        )
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Rejected(
            "the signature is not by this key",
            code="signature_invalid",
            layer="signature",
        ) from None


def read_vkey(vkey: str) -> PublicKey:
    """Read `name+id+key`; raises Malformed unless all of it fits together."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    if len(vkey) > MAX_VKEY or not NAME.fullmatch(name):
        raise Malformed("this is no public key of a log", code="vkey_invalid")
    material = read_base64(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if expected.hex() != key_id or material[:1] not in _KINDS:
        raise Malformed("the parts of the key do not fit", code="vkey_invalid")
    if not curve.is_sound(material[1:]):
        raise Malformed("a key that anybody can sign for", code="vkey_unsafe")
    return PublicKey(name, material[0], expected, material[1:])
