"""Full disks: under the data, under the write-ahead log, under the signer's memory.

What cannot be kept is not acknowledged and not published. When there is room again
everything goes on: nothing lost, nothing alarmed but the signer's word that it could
not keep its state.
"""

import os
import shutil
import time

import psycopg
import pytest

from clinrag.local.postgres import make_private
from tests.attacks.disks import fill_up, small_disk
from tests.attacks.test_kills import Watch, check_whole
from tests.attacks.yard import Site, wait_until


@pytest.fixture
def room(yard):
    """A place that PostgreSQL's user can reach."""
    folder = yard.folder / f"disk-{os.urandom(3).hex()}"
    folder.mkdir()
    return folder


def own(folder, yard):
    make_private(folder, yard.cluster._identity)


def test_nothing_is_lost_or_alarmed_when_the_data_disk_was_full(site, room):
    with small_disk(room, megabytes=96):
        own(room, site.yard)
        space = room.name.replace("-", "_")
        with site.connect() as superuser:
            make = f"CREATE TABLESPACE {space} LOCATION '{room}'"
            superuser.execute(make.encode())
        move(site, "pg_default", space)
        watch, running = Watch(site), [site.sequencer(), site.signer()]
        writer = site.writer(pause=0.01)
        wait_until(lambda: site.size() > 5)
        ballast = fill_up(room)
        wait_until(lambda: refused(site) >= 3, 60)
        ballast.unlink()
        wait_until(lambda: grows(site), 60)
        writer.kill()
        check_whole(site, watch)
        for process in running:
            assert process.stop() == 0
        move(site, space, "pg_default")
        with site.connect() as superuser:
            superuser.execute(f"DROP TABLESPACE {space}".encode())


def move(site: Site, old: str, new: str) -> None:
    """Each table and index; a database in use cannot move as a whole."""
    with site.connect() as superuser:
        for kind in ("TABLE", "INDEX"):
            words = f"ALTER {kind} ALL IN TABLESPACE {old} SET TABLESPACE {new}"
            superuser.execute(words.encode())


def refused(site: Site) -> int:
    return sum(words[0] == "unknown" for words in site.told())


def grows(site: Site) -> bool:
    before = site.signed()
    time.sleep(0.2)
    return site.signed() > before


def test_nothing_is_lost_or_alarmed_when_the_disk_of_the_log_was_full(site, room):
    """A database that cannot write ahead stops; it comes up again when it can."""
    yard = site.yard
    kept = yard.cluster.home / "cluster" / "pg_wal"
    size = sum(path.stat().st_size for path in kept.rglob("*")) >> 20
    with small_disk(room, megabytes=size + 96):
        yard.supervisor.stop()
        shutil.copytree(kept, room / "pg_wal")
        aside = kept.rename(kept.with_name("aside"))
        give(room, yard)
        kept.symlink_to(room / "pg_wal")
        yard.start_postmaster()
        try:
            use_up_and_go_on(site, room)
        finally:
            yard.supervisor.stop()
            kept.unlink()
            shutil.rmtree(aside)
            shutil.copytree(room / "pg_wal", kept)
            give(kept, yard)
            yard.start_postmaster()
    assert site.verify()["ok"]


def give(folder, yard):
    who = yard.cluster._identity
    for path in [folder, *folder.rglob("*")]:
        if who:
            os.chown(path, who.uid, who.gid)
    own(folder, yard)


def use_up_and_go_on(site: Site, room) -> None:
    watch, running = Watch(site), [site.sequencer(), site.signer()]
    writer = site.writer(pause=0.002)
    wait_until(lambda: site.size() > 5)
    ballast = fill_up(room)
    wait_until(lambda: stands_still(site), 60)
    # It may be on its way up again by itself, and one of its processes may hang on to
    # its memory: what comes next must find the place empty.
    site.yard.kill_everything()
    ballast.unlink()
    site.yard.start_postmaster()
    wait_until(lambda: answers(site) and grows(site), 60)
    writer.kill()
    check_whole(site, watch)
    for process in running:
        assert process.stop() == 0


def stands_still(site: Site) -> bool:
    """By whatever it does: refuses to write, or is gone."""
    try:
        with site.connect() as superuser:
            superuser.execute(b"SELECT pg_switch_wal()")  # the next file of 16 MB
            superuser.execute(b"SELECT pg_logical_emit_message(true, 'x', 'x')")
    except psycopg.Error:
        return True
    return False


def answers(site: Site) -> bool:
    try:
        site.size()
    except psycopg.OperationalError:
        return False
    return True


def test_signer_publishes_nothing_when_its_disk_is_full_and_goes_on_later(site):
    folder = site.folder / "signer"
    kept = {path.name: path.read_text() for path in folder.iterdir()}
    with small_disk(folder, megabytes=1):
        for name, text in kept.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)
        folder.chmod(0o700)
        site.fill(3)
        signed, state = site.signed(), (folder / "state.json").read_text()
        ballast = fill_up(folder)
        running = [site.sequencer(), site.signer()]
        site.writer("told-more", count=5).wait()
        wait_until(lambda: site.size() > signed)
        wait_until(lambda: criticals(site))
        assert site.signed() == signed
        assert (folder / "state.json").read_text() == state
        ballast.unlink()
        site.settle()
        assert site.signed() > signed
        assert {line["alarm"] for line in criticals(site)} == {"signer_state_unwritten"}
        assert site.verify()["ok"]
        for process in running:
            assert process.stop() == 0


def criticals(site: Site) -> list[dict[str, object]]:
    return [
        line
        for process in site._started
        for line in process.said()
        if line.get("level") == "critical"
    ]
