"""Changes of the log's key, as the signer meets them among the entries.

Promises to follow only what the key in use has signed together with its successor: an
entry that says so without is anybody's word. Such a one changes nothing and stops
nothing, since whoever can write entries could write it; it is told.
"""

from typing import Final

from audit import canonical
from audit.errors import EntryInvalid, KeyFileInvalid, NoteInvalid, RotationInvalid
from audit.events import EventType, KeyRotated, decode_fields
from audit.notes import Signer, Verifier
from audit.signing.files import SignerFiles
from audit.statements import check_rotation

# Inside a string of JSON the quotes would be escaped, so these bytes are a member.
MARK: Final = f'"type":"{EventType.LOG_KEY_ROTATED.value}"'.encode()


def successor_in(body: bytes, *, current: Verifier) -> Verifier | None:
    """The key that takes over by this entry; None if the entry changes no key.

    Raises RotationInvalid if the entry says it does and the keys did not.
    """
    if MARK not in body:
        return None
    try:
        document = canonical.decode_object(body)
        if document.get("type") != EventType.LOG_KEY_ROTATED.value:
            return None
        said = decode_fields(KeyRotated, document.get("fields"))
        if said.old_vkey != current.vkey:
            raise RotationInvalid("not from the key in use")
        new = Verifier.from_vkey(said.new_vkey)
        check_rotation(said.statement, old=current, new=new)
    except (EntryInvalid, NoteInvalid, ValueError) as error:
        raise RotationInvalid from error
    return new


def waiting_key(files: SignerFiles, verifier: Verifier) -> Signer:
    """The private half of a key that takes over. Raises KeyFileInvalid without it."""
    for signer in (files.read_next_key(), files.read_key()):
        if signer is not None and signer.verifier == verifier:
            return signer
    raise KeyFileInvalid("the key that takes over is not here")
