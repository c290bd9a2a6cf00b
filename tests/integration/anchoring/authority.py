"""A time-stamp authority on loopback: OpenSSL answers, with certificates made here."""

import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "1.3.6.1.4.1.99999.1"
OTHER_POLICY = "1.3.6.1.4.1.99999.16384.2"
NOW = datetime.now(UTC).replace(microsecond=0)

CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = {policy}
other_policies = {other}
digests = sha256, sha3-256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Mode(StrEnum):
    OK = "ok"
    OTHER_MESSAGE = "other_message"
    OTHER_NONCE = "other_nonce"
    NO_NONCE = "no_nonce"
    OTHER_HASH = "other_hash"
    REJECTED = "rejected"
    RUBBISH = "rubbish"
    EMPTY = "empty"
    HUGE = "huge"
    SLOW = "slow"
    ERROR = "error"


class Certificates:
    """A root, and a certificate for time-stamps below it, both as PEM files."""

    def __init__(
        self,
        folder: Path,
        *,
        valid_from: datetime = NOW - timedelta(days=1),
        valid_to: datetime = NOW + timedelta(days=1),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.root_path = folder / "root.pem"
        self.path = folder / "tsa.pem"
        self.key_path = folder / "tsa.key"
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name, name = _name("Root of a test"), _name("Time-stamps of a test")
        always = (NOW - timedelta(days=3650), NOW + timedelta(days=3650))
        self.root = (
            _builder(root_name, root_name, root_key, always)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .add_extension(_usage(certificates=True), True)
            .sign(root_key, hashes.SHA256())
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        self.certificate = (
            _builder(name, root_name, key, (valid_from, valid_to))
            .add_extension(usage, True)
            .add_extension(_usage(certificates=False), True)
            .sign(root_key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        self.root_path.write_bytes(self.root.public_bytes(pem))
        self.path.write_bytes(self.certificate.public_bytes(pem))
        self.key_path.write_bytes(
            key.private_bytes(
                pem,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    valid: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )


class LocalAuthority:
    """Use as a context manager; `url` is what a client is given."""

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificates = certificates
        self.mode = Mode.OK
        self.queries: list[bytes] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        (folder / "tsa.cnf").write_text(
            CONFIGURATION.format(folder=folder, policy=POLICY, other=OTHER_POLICY)
        )
        (folder / "serial").write_text("01\n")
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.authority = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/tsr"

    def __enter__(self) -> Self:
        threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.02), daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, query: bytes) -> bytes:
        """What OpenSSL answers to a query; one at a time, for its serial numbers."""
        with self._lock:
            (self.folder / "query").write_bytes(query)
            openssl(
                *("ts", "-reply", "-queryfile", self.folder / "query"),
                *("-config", self.folder / "tsa.cnf", "-section", "here"),
                *("-signer", self.certificates.path),
                *("-inkey", self.certificates.key_path),
                *("-out", self.folder / "reply"),
            )
            return (self.folder / "reply").read_bytes()

    def query(self, data: bytes, *options: str) -> bytes:
        """Another query than the one that came."""
        with self._lock:
            (self.folder / "data").write_bytes(data)
            openssl(
                *("ts", "-query", "-data", self.folder / "data", "-cert", *options),
                *("-out", self.folder / "other-query"),
            )
            return (self.folder / "other-query").read_bytes()


def openssl(*arguments: object) -> str:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    authority: LocalAuthority


class _Handler(BaseHTTPRequestHandler):
    @property
    def authority(self) -> LocalAuthority:
        return cast("_Server", self.server).authority

    def log_message(self, *_: object) -> None:
        """Keep the test output quiet."""

    def do_POST(self) -> None:
        assert self.headers["content-type"] == "application/timestamp-query"
        query = self.rfile.read(int(self.headers["content-length"]))
        self.authority.queries.append(query)
        reply: Callable[[bytes], bytes] = getattr(self, self.authority.mode.value)
        try:
            body = reply(query)
            self.send_response(500 if self.authority.mode is Mode.ERROR else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def ok(self, query: bytes) -> bytes:
        return self.authority.answer(query)

    error = ok

    def other_message(self, _: bytes) -> bytes:
        return self.ok(self.authority.query(b"another note", "-sha256"))

    def other_nonce(self, query: bytes) -> bytes:
        nonce = query.rindex(b"\x01\x01\xff") - 1
        changed = query[nonce] ^ 1
        return self.ok(query[:nonce] + bytes([changed]) + query[nonce + 1 :])

    def no_nonce(self, query: bytes) -> bytes:
        """The query without its nonce: version, imprint, certReq."""
        start = 2 + 3 + 2 + query[6]
        content = query[2:start] + b"\x01\x01\xff"
        return self.ok(b"\x30" + bytes([len(content)]) + content)

    def other_hash(self, query: bytes) -> bytes:
        """The same 32 bytes, said to be a SHA3-256."""
        sha256, sha3 = b"\x65\x03\x04\x02\x01", b"\x65\x03\x04\x02\x08"
        assert sha256 in query
        return self.ok(query.replace(sha256, sha3))

    def rejected(self, query: bytes) -> bytes:
        """OpenSSL refuses a policy it was not told of."""
        return self.ok(self.authority.query(query, "-sha256", "-tspolicy", "1.2.3.4"))

    def rubbish(self, _: bytes) -> bytes:
        return b"<html>It works!</html>"

    def empty(self, _: bytes) -> bytes:
        return b""

    def huge(self, _: bytes) -> bytes:
        return b"\x30" * 10_000_000

    def slow(self, query: bytes) -> bytes:
        self.authority.stopping.wait(30)
        return self.ok(query)
