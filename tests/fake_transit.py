"""A transit engine that speaks over HTTP what OpenBao and Vault do.

Checked by reading, in November 2026: OpenBao's API documentation
(openbao.org/api-docs/secret/transit: "Encrypt data", "Decrypt data", "Rewrap data") and
its source (builtin/logical/transit/path_encrypt.go, path_decrypt.go, path_rewrap.go):
paths, base64 in JSON, `data.ciphertext` as `vault:v<version>:<base64>`, `context`
required by a derived key and ignored in silence by another, rewrap without
`associated_data` (which is why the client does not use that), status 400 with `errors`
for a wrong ciphertext as for an unknown key, 403 for a bad token, 503 while sealed.
Not checked against a running server: none can be had here.
"""

import base64
import json
import secrets
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Wrong(Exception):
    """An error reply."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class FakeTransit:
    """One engine with one named key; the attributes are what an operator can do."""

    token: str = "s.secret-token"
    key: str = "clinrag"
    is_derived: bool = True
    is_sealed: bool = False
    oldest_version: int = 1
    raw_reply: tuple[int, bytes] | None = None
    pause_seconds: float = 0.0
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _versions: list[bytes] = field(default_factory=lambda: [secrets.token_bytes(32)])

    def __enter__(self) -> Self:
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                engine.serve(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def rotate(self) -> None:
        self._versions.append(secrets.token_bytes(32))

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.requests.append((request.path, body))
        if self.pause_seconds:
            threading.Event().wait(self.pause_seconds)
        status, reply = self.raw_reply or self._answer(request, body)
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(reply)))
        request.end_headers()
        request.wfile.write(reply)

    def _answer(
        self, request: BaseHTTPRequestHandler, body: dict[str, Any]
    ) -> tuple[int, bytes]:
        try:
            data = self._do(request, body)
        except Wrong as wrong:
            return wrong.status, json.dumps({"errors": [str(wrong)]}).encode()
        return 200, json.dumps({"request_id": "x", "data": data}).encode()

    def _do(
        self, request: BaseHTTPRequestHandler, body: dict[str, Any]
    ) -> dict[str, Any]:
        if self.is_sealed:
            raise Wrong(503, "Vault is sealed")
        if request.headers.get("X-Vault-Token") != self.token:
            raise Wrong(403, "permission denied")
        _, version, mount, verb, key = request.path.split("/")
        if (version, mount) != ("v1", "transit"):
            raise Wrong(404, "no handler for route")
        if key != self.key:
            raise Wrong(400, "encryption key not found")
        return {"encrypt": self._encrypt, "decrypt": self._decrypt}[verb](body)

    def _encrypt(self, body: dict[str, Any]) -> dict[str, Any]:
        plaintext = base64.b64decode(body["plaintext"], validate=True)
        version, nonce = len(self._versions), secrets.token_bytes(12)
        sealed = nonce + self._cipher(version, body).encrypt(nonce, plaintext, None)
        text = f"vault:v{version}:{base64.b64encode(sealed).decode()}"
        return {"ciphertext": text, "key_version": version}

    def _decrypt(self, body: dict[str, Any]) -> dict[str, Any]:
        head, version, text = body["ciphertext"].split(":")
        number = int(version[1:])
        if head != "vault" or number > len(self._versions):
            raise Wrong(400, "invalid ciphertext: version is too new")
        if number < self.oldest_version:
            message = (
                "ciphertext or signature version is disallowed by policy (too old)"
            )
            raise Wrong(400, message)
        sealed = base64.b64decode(text)
        try:
            opened = self._cipher(number, body).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise Wrong(400, "cipher: message authentication failed") from None
        return {"plaintext": base64.b64encode(opened).decode()}

    def _cipher(self, version: int, body: dict[str, Any]) -> AESGCM:
        key = self._versions[version - 1]
        if self.is_derived:
            if not body.get("context"):
                raise Wrong(400, "missing 'context' for key derivation")
            key = sha256(key + base64.b64decode(body["context"])).digest()
        return AESGCM(key)
