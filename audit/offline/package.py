"""An evidence package: a folder or zip whose `manifest.json` names all it holds.

    {"format": "clinrag.package/1",
     "files": {"entries/7.json": "<sha-256 in hex>", …},
     "entries": [{"index": 7, "entry": "entries/7.json",
                  "proof": "proofs/7.tlog-proof",
                  "payload": "payloads/….bin", "disclosed": "disclosed/….json"}, …],
     "checkpoints": ["checkpoints/9.note", …],
     "timestamps": [{"token": "timestamps/9.tsr", "over": "checkpoints/9.note"}, …],
     "log": "log/"}

Every file but the manifest is in `files`. An entry's `leaf`, its place in its shard's
tree, is its index if it is left out. `payload`, `disclosed`, `timestamps` and
`log` (a folder in the layout of tlog-tiles) may be left out; other members are passed
by. A disclosed file is {"commit_key": "<hex>", "texts": {"question": "…"}}; the key is
the record's, or that of the one field that is shown. Promises that what holds is in
the signed log, byte for byte. Cannot tell what was left out of a package, unless its
manifest's hash is known from elsewhere. That a time-stamp token is signed, and by whom,
is for `openssl ts -verify`; here only what it is about.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audit.offline.canonical import read_entry
from audit.offline.encoding import read_text
from audit.offline.keychain import Placed, Trust, trusted_through
from audit.offline.keys import PublicKey
from audit.offline.merkle import check_inclusion, hash_leaf
from audit.offline.notes import MAX_SIZE, SignedTree, read_note
from audit.offline.policy import Policy
from audit.offline.problems import Malformed, Missing, Problem, Rejected
from audit.offline.proofs import TlogProof, read_tlog_proof
from audit.offline.reading import LOG_EVENT
from audit.offline.sources import MAX_FILE, Source
from audit.offline.tiles import MAX_ENTRY

FORMAT: Final = "clinrag.package/1"
MANIFEST: Final = "manifest.json"
MAX_MANIFEST: Final = 64 << 20
MAX_PROOF: Final = 2_000_000
# MessageImprint of RFC 3161, 2.4.1, for SHA-256, with and without NULL parameters.
_IMPRINTS: Final = (
    bytes.fromhex("3031300d060960864801650304020105000420"),
    bytes.fromhex("302f300b06096086480165030402010420"),
)


@dataclass(slots=True)
class Package:
    """A package whose files have been compared with their manifest."""

    source: Source
    keys: Sequence[PublicKey]
    policy: Policy | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _trust: Trust = field(default_factory=lambda: Trust([]))
    _on_log: set[str] = field(default_factory=set)
    _trees: dict[str, SignedTree] = field(default_factory=dict)

    def check(self, *, manifest_sha256: str | None = None) -> dict[str, object]:
        """Check all of it; raises the first Problem, with the layer and the index."""
        manifest = self._manifest(manifest_sha256)
        for name, digest in sorted(_texts(manifest, "files").items()):
            self._check_file(name, digest)
        self._check_nothing_else(manifest)
        members = _list(manifest, "entries")
        about_log = (self._about_log(member) for member in members)
        self._trust = trusted_through(self.keys, filter(None, about_log))
        for member in members:
            self._check_entry(member)
        for name in _list(manifest, "checkpoints"):
            note = read_text(self._read(_name(name), limit=MAX_SIZE))
            self._tree(note)
            self.counts["checkpoints"] += 1
        for member in _list(manifest, "timestamps"):
            self._check_timestamp(member)
        return {"counts": dict(self.counts), "signed_trees": self._signed_trees()}

    def _signed_trees(self) -> list[dict[str, object]]:
        trees = {(tree.origin, tree.size, tree.root) for tree in self._trees.values()}
        return [
            {"origin": origin, "size": size, "root": root.hex()}
            for origin, size, root in sorted(trees)
        ]

    def _manifest(self, expected: str | None) -> dict[str, Any]:
        data = self.source.read(MANIFEST, limit=MAX_MANIFEST)
        if expected is not None and hashlib.sha256(data).hexdigest() != expected:
            raise _manifest("this is another manifest than the one that is known")
        manifest = read_json(data)
        if manifest.get("format") != FORMAT:
            raise Malformed("this is no evidence package", code="package_malformed")
        return manifest

    def _check_file(self, name: str, expected: str) -> None:
        if name == MANIFEST:
            raise _manifest("the manifest lists itself")
        data = self._read(name, limit=MAX_FILE)
        if hashlib.sha256(data).hexdigest() != expected:
            raise _manifest(f"{name} is not the file that was packed")
        if len(data) <= MAX_ENTRY and LOG_EVENT in data:
            self._on_log.add(name)
        self.counts["files"] += 1

    def _check_nothing_else(self, manifest: dict[str, Any]) -> None:
        extra = set(self.source.names()) - manifest["files"].keys() - {MANIFEST}
        if extra:
            raise _manifest(f"{min(extra)} is not in the manifest")

    def _read(self, name: str, *, limit: int) -> bytes:
        try:
            return self.source.read(name, limit=limit)
        except Missing as problem:
            raise _manifest(str(problem)) from None

    def _about_log(self, member: Any) -> Placed | None:
        """An entry about the log itself, where its proof, not checked yet, puts it."""
        index, entry, name = _names_of_entry(member)
        if entry not in self._on_log:
            return None
        try:
            proof = self._proof(name)
            origin = read_note(proof.note).tree().origin
            return Placed(origin, proof.index, self._read(entry, limit=MAX_ENTRY))
        except Problem as problem:
            raise problem.at(layer="entry", index=index) from None

    def _proof(self, name: str) -> TlogProof:
        return read_tlog_proof(read_text(self._read(name, limit=MAX_PROOF)))

    def _check_entry(self, member: Any) -> None:
        index, entry, proof = _names_of_entry(member)
        try:
            data = self._read(entry, limit=MAX_ENTRY)
            self._check_proof(data, member.get("leaf", index), proof)
            document = read_entry(data)
            if "payload" in member:
                self._check_payload(document, _name(member["payload"]))
            if "disclosed" in member:
                self._check_disclosed(document, _name(member["disclosed"]))
        except Problem as problem:
            raise problem.at(layer="entry", index=index) from None
        self.counts["entries"] += 1

    def _check_proof(self, entry: bytes, leaf: int, name: str) -> None:
        proof = self._proof(name)
        tree = self._tree(proof.note)
        if proof.index != leaf:
            raise Rejected(
                "the proof is for another index", code="index_differs", layer="proof"
            )
        try:
            check_inclusion(
                hash_leaf(entry), leaf, tree.size, path=proof.path, root=tree.root
            )
        except Rejected as problem:
            raise problem.at(layer="leaf") from None

    def _tree(self, note: str) -> SignedTree:
        """What a note says; each is checked once, since many proofs share one."""
        if note not in self._trees:
            parsed = read_note(note)
            tree = self._trust.signed(parsed)
            if self.policy is not None:
                self.policy.check(parsed)
            self._trees[note] = tree
        return self._trees[note]

    def _check_payload(self, document: dict[str, Any], name: str) -> None:
        data = self._read(name, limit=MAX_FILE)
        if hashlib.sha256(data).hexdigest() != _sealed(document).get("ct_hash"):
            raise Rejected(
                "the sealed content is not the one recorded",
                code="payload_wrong",
                layer="payload",
            )
        self.counts["payloads"] += 1

    def _check_disclosed(self, document: dict[str, Any], name: str) -> None:
        shown = read_json(self._read(name, limit=MAX_FILE))
        key, commitments = shown.get("commit_key"), _sealed(document).get("pt_commit")
        if not isinstance(commitments, dict) or not isinstance(key, str):
            raise Malformed("nothing to compare with", code="package_malformed")
        for field_name, text in _texts(shown, "texts").items():
            if commitments.get(field_name) not in (
                commitment(key, field_name, text),
                commitment(field_key(key, field_name), field_name, text),
            ):
                raise Rejected(
                    f"the disclosed {field_name!r} is not the one recorded",
                    code="disclosed_wrong",
                    layer="disclosed",
                )
            self.counts["disclosed"] += 1

    def _check_timestamp(self, member: Any) -> None:
        match member:
            case {"token": str(token), "over": str(over)}:
                pass
            case _:
                raise Malformed(
                    "a time-stamp in no known form", code="package_malformed"
                )
        digest = hashlib.sha256(self._read(over, limit=MAX_FILE)).digest()
        if imprint(self._read(token, limit=MAX_PROOF)) != digest:
            raise Rejected(
                f"{token} is a time-stamp of something else",
                code="timestamp_wrong",
                layer="timestamp",
            )
        self.counts["timestamps"] += 1


def imprint(token: bytes) -> bytes | None:
    """The SHA-256 that a time-stamp token is about; None unless it has exactly one."""
    found = [
        token[at + len(prefix) : at + len(prefix) + 32]
        for prefix in _IMPRINTS
        if (at := token.find(prefix)) >= 0 and token.count(prefix) == 1
    ]
    return found[0] if len(found) == 1 else None


def commitment(key: str, name: str, text: str) -> str:
    """HMAC-SHA-256 over name, a zero byte, and text; raises Malformed."""
    try:
        message = name.encode() + b"\x00" + text.encode()
        return hmac.digest(bytes.fromhex(key), message, "sha256").hex()
    except ValueError:
        raise Malformed("no commitment key", code="package_malformed") from None


def field_key(key: str, name: str) -> str:
    """The key of one field, from the key of its record; raises Malformed.

    Records of the first schema commit to each field under the record's own key.
    """
    try:
        label = b"clinrag field commitment\x00" + name.encode()
        return hmac.digest(bytes.fromhex(key), label, "sha256").hex()
    except ValueError:
        raise Malformed("no commitment key", code="package_malformed") from None


def read_json(data: bytes) -> dict[str, Any]:
    """An object in JSON without a key twice; raises Malformed."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Malformed("this is not an object in JSON", code="json_malformed")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _names_of_entry(member: Any) -> tuple[int, str, str]:
    """An entry's index, and the names of its file and proof; raises Malformed."""
    match member:
        case {"index": int(index), "entry": str(entry), "proof": str(proof)}:
            return index, entry, proof
    raise Malformed("an entry in no known form", code="package_malformed")


def _sealed(document: dict[str, Any]) -> dict[str, Any]:
    sealed = document.get("sealed")
    if not isinstance(sealed, dict):
        raise Rejected("the entry seals nothing", code="nothing_sealed")
    return sealed


def _list(manifest: dict[str, Any], name: str) -> list[Any]:
    found = manifest.get(name, [])
    if not isinstance(found, list):
        raise Malformed(f"{name} is no list", code="package_malformed")
    return found


def _texts(document: dict[str, Any], name: str) -> dict[str, str]:
    found = document.get(name)
    if not isinstance(found, dict) or not all(
        isinstance(value, str) for value in found.values()
    ):
        raise Malformed(f"{name} is not as it should be", code="package_malformed")
    return found


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("a name that is no text", code="package_malformed")
    return value


def _manifest(sentence: str) -> Rejected:
    return Rejected(sentence, code="manifest_wrong", layer="manifest")
