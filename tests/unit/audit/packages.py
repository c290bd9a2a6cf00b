"""Evidence packages of logs that an independent writer wrote, to be spoiled and checked."""

import hashlib
import hmac
import json
import zipfile

from tests.unit.audit.folder_logs import (
    ORIGIN,
    FolderLog,
    b64,
    entry,
    note,
    some_entries,
)

SEALED = {"commit_key": "ab" * 32, "texts": {"question": "Wie viel Aspirin?"}}


class Packed:
    """An evidence package of two entries, one of them sealed."""

    def __init__(self):
        commit = hmac.digest(
            bytes.fromhex(SEALED["commit_key"]),
            b"question\x00" + SEALED["texts"]["question"].encode(),
            "sha256",
        ).hex()
        sealed = {
            "ct_hash": hashlib.sha256(b"ciphertext").hexdigest(),
            "pt_commit": {"question": commit},
        }
        document = json.loads(entry(1, type="query.received")) | {"sealed": sealed}
        body = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        self.log = FolderLog([entry(0), body, entry(2)])
        checkpoint = self.log.note().encode()
        prefix = bytes.fromhex("3031300d060960864801650304020105000420")
        self.files = {
            "entries/0.json": self.log.entries[0],
            "entries/1.json": body,
            "proofs/0": self.log.proof(0).encode(),
            "proofs/1": self.log.proof(1).encode(),
            "payloads/1": b"ciphertext",
            "disclosed/1": json.dumps(SEALED).encode(),
            "checkpoints/3": checkpoint,
            "stamps/3": b"der" + prefix + hashlib.sha256(checkpoint).digest() + b"der",
        } | {f"log/{name}": data for name, data in self.log.resources.items()}
        self.manifest = {
            "format": "clinrag.package/1",
            "entries": [
                {"index": 0, "entry": "entries/0.json", "proof": "proofs/0"},
                {
                    "index": 1,
                    "entry": "entries/1.json",
                    "proof": "proofs/1",
                    "payload": "payloads/1",
                    "disclosed": "disclosed/1",
                },
            ],
            "checkpoints": ["checkpoints/3"],
            "timestamps": [{"token": "stamps/3", "over": "checkpoints/3"}],
            "log": "log/",
        }

    def seal(self):
        self.manifest["files"] = {
            name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()
        }
        return self

    def members(self):
        manifest = json.dumps(self.manifest).encode()
        return self.files | {"manifest.json": manifest}

    def write(self, folder):
        for name, data in self.members().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    def write_zip(self, path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.members().items():
                archive.writestr(name, data)
        return path


def rotated(old, new, *, place):
    """A package of a log of three entries, one of which changes the key."""
    text = f"clinrag key rotation\n{ORIGIN}\n{old.vkey}\n{new.vkey}\n"
    entries = some_entries(3)
    entries[place] = entry(
        place,
        type="log.key_rotated",
        old_vkey=old.vkey,
        new_vkey=new.vkey,
        statement=note(text, old, new),
    )
    return Changed(FolderLog(entries, old), place)


class Changed(Packed):
    """A package about one entry of a log, that lies at this place."""

    def __init__(self, log, place):
        self.log, self.place = log, place
        self.files = {"entry": log.entries[place]}
        member = {"index": place, "entry": "entry", "proof": f"proofs/{place}"}
        self.manifest = {
            "format": "clinrag.package/1",
            "entries": [member],
            "checkpoints": [],
        }

    def prove(self, size, *signers):
        path = self.log.tree.path(self.place, 0, size)
        lines = "".join(f"{b64(digest)}\n" for digest in path)
        proof = f"c2sp.org/tlog-proof@v1\nindex {self.place}\n{lines}\n"
        proof += note(self.log.text(size), *signers)
        self.files[f"proofs/{self.place}"] = proof.encode()

    def add_checkpoint(self, size, *signers):
        name = f"checkpoints/{len(self.manifest['checkpoints'])}"
        self.files[name] = note(self.log.text(size), *signers).encode()
        self.manifest["checkpoints"].append(name)
