"""Time-stamps of checkpoints by an authority of somebody else: RFC 3161.

The message is the signed note as stored, without cosignatures; its SHA-256 is all that
the authority sees. Promises that a token it returns is over exactly that note, was
asked for by this request, and is signed by a certificate that leads to a configured
root and was valid at the token's time. Does not ask whether a certificate was revoked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.anchoring.errors import AnchoringMisconfigured, TimestampInvalid
from audit.errors import VoucherUnreachable
from audit.outbound import Bounds, post

SHA256_OID: Final = "2.16.840.1.101.3.4.2.1"
QUERY: Final = "application/timestamp-query"
# Clocks differ; by more than this, one of the two is wrong and somebody must look.
CLOCK_SKEW: Final = timedelta(hours=1)
_SEQUENCE, _INTEGER, _OBJECT_ID = b"\x30", b"\x02", b"\x06"
_LONG_FORM: Final = 0x80
_GRANTED: Final = _SEQUENCE + b"\x03" + _INTEGER + b"\x01\x00"


@dataclass(frozen=True, slots=True)
class Authority:
    """Where to ask, whom to believe, and under which of its policies (an OID)."""

    url: str
    roots: tuple[x509.Certificate, ...]
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A TimeStampToken in DER, and the authority's time in it."""

    der: bytes
    gen_time: datetime


def read_roots(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file. Raises AnchoringMisconfigured."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise AnchoringMisconfigured("root certificates of the authority") from error


def request_token(
    authority: Authority, note: str, *, at: datetime, bounds: Bounds | None = None
) -> Token:
    """A verified token over a signed note.

    Raises VoucherUnreachable or TimestampInvalid.
    """
    builder = TimestampRequestBuilder().data(note.encode())
    request = builder.hash_algorithm(HashAlgorithm.SHA256).build()
    query = request.as_bytes()
    if authority.policy is not None:
        query = _with_policy(query, authority.policy)
    answer = post(authority.url, query, media_type=QUERY, bounds=bounds or Bounds())
    if answer.status != HTTPStatus.OK:
        raise VoucherUnreachable(str(answer.status))
    response = _decode(answer.body)
    _verify(response, note, authority=authority, nonce=request.nonce)
    token = Token(response.time_stamp_token(), response.tst_info.gen_time)
    if abs(token.gen_time - at) > CLOCK_SKEW:
        raise TimestampInvalid("its clock and ours differ")
    return token


def verify_token(
    token: bytes, note: str, *, roots: Sequence[x509.Certificate]
) -> datetime:
    """The time of a stored token over this signed note. Raises TimestampInvalid."""
    granted = _GRANTED + token
    response = _decode(_SEQUENCE + _length(len(granted)) + granted)
    _verify(response, note, authority=Authority("", tuple(roots)), nonce=None)
    return response.tst_info.gen_time


def check_policy(oid: str) -> None:
    """Raise AnchoringMisconfigured unless this is an object identifier."""
    try:
        x509.ObjectIdentifier(oid)
    except ValueError as error:
        raise AnchoringMisconfigured("policy of the authority") from error


def _decode(body: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(body)
    except ValueError as error:
        raise TimestampInvalid("not a response") from error


def _verify(
    response: TimeStampResponse, note: str, *, authority: Authority, nonce: int | None
) -> None:
    policy = authority.policy
    verifier = VerifierBuilder(
        policy_id=None if policy is None else x509.ObjectIdentifier(policy),
        roots=list(authority.roots),
        nonce=nonce,
    ).build()
    try:
        verifier.verify(response, sha256(note.encode()).digest())
        algorithm = response.tst_info.message_imprint.hash_algorithm
    except (VerificationError, ValueError) as error:
        raise TimestampInvalid(str(error)) from error
    # The library compares digests and lets the token say of what kind they are.
    if algorithm.dotted_string != SHA256_OID:
        raise TimestampInvalid("not over a SHA-256")


def _with_policy(query: bytes, oid: str) -> bytes:
    """Put reqPolicy behind version and imprint; RFC 3161, 2.4.1.

    The library cannot ask for a policy. A query is short, so every length in it is
    one octet.
    """
    content = query[2:]
    version_end = 2 + content[1]
    imprint_end = version_end + 2 + content[version_end + 1]
    content = content[:imprint_end] + _object_id(oid) + content[imprint_end:]
    return _SEQUENCE + _length(len(content)) + content


def _object_id(oid: str) -> bytes:
    """The DER of an object identifier; X.690, 8.19."""
    first, second, *rest = map(int, oid.split("."))
    content = b"".join(_base128(number) for number in [40 * first + second, *rest])
    return _OBJECT_ID + _length(len(content)) + content


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _length(length: int) -> bytes:
    """The DER of a length; X.690, 8.1.3."""
    if length < _LONG_FORM:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([_LONG_FORM | len(octets)]) + octets
