"""When the signer signs a new shard: the rules for its first leaf.

Promises that a shard follows only if its opening commits to exactly what this signer
signed last, was agreed by two people, and is under a key that waits here. Whether those
two were who the entry says, the application is believed.
"""

from audit.errors import NoteInvalid, ShardRefused
from audit.events import ShardOpened, encode_fields
from audit.notes import Signer, Verifier
from audit.shards import HASH, read_opening
from audit.signing.files import SignerState
from audit.signing.reading import LogEnd
from audit.statements import check_opening, opening_text


def check_first_leaf(
    body: bytes, *, end: LogEnd, state: SignerState, waiting: Signer
) -> None:
    """Raise ShardRefused unless this entry opens the shard at the log's end.

    `waiting` is the key that is to sign it.
    """
    opening = read_opening(body)
    if opening is None:
        raise ShardRefused("its first entry opens none")
    if (opening.shard, opening.first_index) != (end.shard, end.first_index):
        raise ShardRefused("it was opened for another place")
    if opening.predecessor_note != state.note:
        raise ShardRefused("it names another note")
    people = {opening.requested_by, opening.approved_by}
    if len(people) != 2 or "" in people:  # noqa: PLR2004
        raise ShardRefused("it was not opened by two people")
    if opening.hash != HASH:
        raise ShardRefused("it names a hash that this signer does not know")
    _check_keys(opening, waiting.verifier)
    _check_recovered(opening, state)


def _check_keys(opening: ShardOpened, new: Verifier) -> None:
    if (opening.vkey, opening.origin) != (new.vkey, new.name):
        raise ShardRefused("its key is not the one that waits here")
    try:
        check_opening(opening.handover, text=handover_text(opening), old=None, new=new)
    except NoteInvalid as error:
        raise ShardRefused("its handover does not hold") from error


def _check_recovered(opening: ShardOpened, state: SignerState) -> None:
    """What was signed and is neither there nor said to be lost would go in silence."""
    if state.frontier is None or opening.lost_from is not None:
        return
    size, root = state.frontier.size, state.frontier.root().hex()
    is_same = (opening.recovered_size, opening.recovered_root) == (size, root)
    if not is_same and opening.recovered_size <= size:
        raise ShardRefused("it leaves out what was signed and names no loss")


def handover_text(opening: ShardOpened) -> str:
    """What the keys sign about an opening. Raises NoteInvalid for no key."""
    return opening_text(Verifier.from_vkey(opening.vkey), encode_fields(opening))
