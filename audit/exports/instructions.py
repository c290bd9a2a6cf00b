"""The README of a package: how a stranger checks it in five minutes."""

from typing import Final

from audit.exports.records import ExportView

_TEXT: Final = """\
# Evidence package {export_id}

From the ledger `{origin}`. `summary.html` and `summary.pdf` say what is in it.

## Check it in five minutes

You need Python 3.11 or later with the package `cryptography`, and the log's public key
from a source that you trust: **not from this package**. A key in here could be as
forged as the rest.

    python verifier.pyz export PACKAGE.zip --vkey 'NAME+ID+KEY'

"holds" and exit code 0 mean: every file is the one that was packed; every entry is,
byte for byte, in the log that this key signed; every payload and every disclosed text
is the one that its entry committed to. Anything else names what fails.

Was the SHA-256 of `manifest.json` told to you otherwise, say `--manifest-sha256 HASH`:
then nothing can have been left out of the package since it was made. With a witness
policy of your own, say `--policy FILE`.

Do you not trust this verifier either? Each format is published, and others have written
programs for it:

* `entries/N.json`: the exact bytes of entry N. SHA-256 of a zero byte and these bytes
  is the leaf hash (RFC 6962, RFC 9162).
* `proofs/N.tlog-proof`: C2SP tlog-proof@v1, the path to the root and the checkpoint.
* `checkpoints/`: C2SP tlog-checkpoint as a signed note; Go's `sumdb/note` opens it.
* `timestamps/*.tsr`: RFC 3161 tokens over the SHA-256 of the `.signed` file beside
  them: `openssl ts -verify -data FILE.signed -in FILE.tsr -token_in -CAfile CA.pem`
* `disclosed/N.json`: texts with the key of their commitments, to compare with the
  entry's `sealed.pt_commit`; see below.
* `masked/N.json`: texts with identifiers taken out; these cannot be checked.
* `payloads/ID.bin`: ciphertext; its SHA-256 is the entry's `sealed.ct_hash`.
* `answers/ID/fhir-bundle.json`, `prov.json`: FHIR R4 and W3C PROV, from the entries.
* `entries.csv`: all entries in a table. `manifest.json`: the SHA-256 of every file.
* `keys.json`: the log's public key and its shards, as this deployment names them. It is
  there to compare with the key that you have; it cannot replace it.
* `anchors.json`: where else the checkpoints were put: place, locator and time. Ask
  there for the copy; nothing in here proves that it was put there.

## Check the texts by yourself

With Python's standard library alone, in the folder of the unpacked package. Each line
it prints has to end in `True`:

```python
import hmac, json, pathlib

def mac(key, *parts):
    return hmac.digest(key, b"\\x00".join(part.encode() for part in parts), "sha256")

for file in sorted(pathlib.Path("disclosed").glob("*.json")):
    shown = json.loads(file.read_bytes())
    entry = json.loads(pathlib.Path("entries", file.name).read_bytes())
    key = bytes.fromhex(shown["commit_key"])
    for name, text in shown["texts"].items():
        field_key = mac(key, "clinrag field commitment", name)
        ways = mac(field_key, name, text).hex(), mac(key, name, text).hex()
        print(file.name, name, entry["sealed"]["pt_commit"][name] in ways)
```

`mac` is HMAC-SHA-256 over its parts with a zero byte between them. Entries of the first
schema committed to their fields under the record's key itself; later ones derive a key
for each field from it.

## What this does not prove

That an entry says the truth; that something which has no entry did not happen; that
everybody was shown the same log (that takes witnesses: see the cosignature lines under
the checkpoints). Times are those of the clocks of the machines that wrote the entries.

What is in this package may be about people who are ill. Keep it as the law on health
records where you are demands, and delete it when you no longer need it.
"""


def text(origin: str, view: ExportView) -> str:
    """The whole file."""
    named = _TEXT.replace("{origin}", origin)  # a format would trip over the program
    return named.replace("{export_id}", str(view.id))
