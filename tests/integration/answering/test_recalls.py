"""Recalls: opened with their notices, told to apps, acknowledged, closed, on record."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.sealing import key_wrapper
from clinrag.answering.impact.queries import touched_answers
from clinrag.answering.impact.standing import standing_of_answer
from clinrag.answering.impact.targets import (
    change_target,
    chunk_target,
    section_target,
    version_target,
)
from clinrag.answering.models import Recall, RecallNotice, WebhookDelivery
from clinrag.answering.reach import AnswerStanding, DeliveryState, Reach, Severity, Use
from clinrag.answering.recalls import outbound
from clinrag.answering.recalls.actions import (
    acknowledge_recall,
    close_recall,
    open_recall,
)
from clinrag.answering.recalls.deliveries import (
    LEASE,
    MOST_ATTEMPTS,
    Postman,
    deliver_due,
    replay_delivery,
)
from clinrag.answering.recalls.endpoints import (
    endpoints,
    register_endpoint,
    remove_endpoint,
)
from clinrag.answering.recalls.errors import (
    AddressRefused,
    DeliveryPending,
    DeliveryRefused,
    EndpointExists,
    EndpointUnknown,
    NoticeAcknowledged,
    NoticeUnknown,
    RecallClosed,
    RecallInvalid,
    RecallNeedsAPerson,
    RecallUnknown,
)
from clinrag.answering.recalls.outbound import Rules, trusted
from clinrag.answering.recalls.queries import (
    deliveries,
    overdue_notices,
    recall,
    recalls,
)
from tests.factories.people import MANAGER
from tests.integration.answering.clinic import recorded
from tests.integration.answering.records import Used, app_actor, record_answer
from tests.integration.answering.test_impact import DAY, T0, guideline, ledger

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
__all__ = ["guideline", "ledger"]

NOW = T0 + 12 * DAY
REASON = "The dose in this section is ten times too high."


@dataclass
class Receiver:
    """An app's server: keeps what it got, answers what it is told to."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    location: str = ""
    reply: bytes = b""
    wait: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(found.wait)
            self.send_response(found.statuses.pop(0) if found.statuses else 204)
            if found.location:
                self.send_header("Location", found.location)
            self.send_header("Content-Length", str(len(found.reply)))
            self.end_headers()
            self.wfile.write(found.reply)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


RULES = Rules(trusted_hosts=trusted(["127.0.0.1"]), seconds=5)


@dataclass
class World:
    """Two apps used the old edition; only the ward has an address to be told at."""

    first: Any
    second: Any
    chunks: list[Any]
    ward: Any
    pharmacy: Any
    secret: str
    endpoint_id: Any
    at: Any = NOW

    def open(self, target: Any = None, **options: Any) -> Any:
        values = {"reason": REASON, "severity": Severity.CRITICAL} | options
        wanted = target or version_target(self.first.id)
        return open_recall(wanted, **({"by": MANAGER, "at": self.at} | values))

    def postman(self, send: Any = outbound.send) -> Postman:
        return Postman(send, key_wrapper(), RULES, lambda: self.at)


@pytest.fixture
def world(guideline, receiver) -> World:
    first, second, chunks = guideline
    ward = record_answer(
        [Used(first.id, chunks[2].id, Use.CITED)], at=T0 + DAY, app="ward"
    )
    pharmacy = record_answer(
        [
            Used(first.id, chunks[0].id, Use.IN_PROMPT),
            Used(first.id, chunks[1].id, Use.CUT),
        ],
        at=T0 + 2 * DAY,
        app="pharmacy",
    )
    made = register_endpoint(
        receiver.url,
        app="ward",
        wrapped_by=key_wrapper(),
        rules=RULES,
        by=MANAGER,
        at=T0,
    )
    return World(first, second, chunks, ward, pharmacy, made.secret, made.view.id)


def test_recall_tells_its_text_its_answers_and_its_apps(world):
    found = recall(world.open(), at=NOW)
    ids = "".join(f"{one}\n" for one in sorted(map(str, (world.ward, world.pharmacy))))
    assert found.answers == 2
    assert found.answers_sha256 == hashlib.sha256(ids.encode()).hexdigest()
    assert [(one.app, one.answers) for one in found.notices] == [
        ("pharmacy", 1),
        ("ward", 1),
    ]
    assert found.due_at == NOW + timedelta(days=1)
    (entry,) = recorded("recall.opened")
    assert entry["fields"]["answers_sha256"] == found.answers_sha256
    assert entry["fields"]["apps"] == ["pharmacy", "ward"]
    assert REASON not in json.dumps(entry)
    assert "sealed" in entry


def test_recall_reaches_as_far_as_it_says(world):
    def concerned(reach: Reach, target: Any) -> int:
        return recall(world.open(target, reach=reach), at=NOW).answers

    version = version_target(world.first.id)
    cut = chunk_target(world.first.id, world.chunks[1].id)
    assert concerned(Reach.CITED, version) == 1
    assert concerned(Reach.IN_PROMPT, version) == 2
    assert concerned(Reach.IN_PROMPT, cut) == 0
    assert concerned(Reach.CUT, cut) == 1
    assert concerned(Reach.CUT, section_target(world.first.id, ("Dose",))) == 1


def test_answers_are_under_recall_while_it_is_open_and_only_those(world):
    target = chunk_target(world.first.id, world.chunks[0].id)
    recall_id = world.open(target)
    found = standing_of_answer(world.pharmacy, at=NOW)
    assert found.standing is AnswerStanding.UNDER_RECALL
    assert found.recall_ids == (recall_id,)
    before = standing_of_answer(world.pharmacy, at=NOW - DAY)
    assert before.standing is AnswerStanding.CURRENT
    rows = touched_answers(version_target(world.first.id), at=NOW).rows
    assert {row.answer_id: row.standing for row in rows} == {
        world.ward: AnswerStanding.SUPERSEDED,
        world.pharmacy: AnswerStanding.UNDER_RECALL,
    }
    untouched = standing_of_answer(world.ward, at=NOW)
    assert untouched.standing is AnswerStanding.SUPERSEDED
    close_recall(recall_id, note="Corrected.", by=MANAGER, at=NOW + DAY)
    after = standing_of_answer(world.pharmacy, at=NOW + DAY)
    assert after.standing is AnswerStanding.CURRENT
    while_open = standing_of_answer(world.pharmacy, at=NOW + timedelta(hours=1))
    assert while_open.standing is AnswerStanding.UNDER_RECALL


def test_recall_is_refused_when_it_lacks_a_person_a_reason_or_a_text(world):
    with pytest.raises(RecallNeedsAPerson):
        world.open(by=app_actor(1))
    for reason in ("", "  ", "x" * 2001):
        with pytest.raises(RecallInvalid):
            world.open(reason=reason)
    with pytest.raises(RecallInvalid):
        world.open(change_target(world.second.id))
    assert not Recall.objects.exists()
    assert recall(world.open(), at=NOW).is_open


def test_message_is_signed_holds_ids_only_and_is_recorded(world, receiver):
    recall_id = world.open()
    assert deliver_due(world.postman()) == 1
    assert deliver_due(world.postman()) == 0
    ((headers, body),) = receiver.got
    key = base64.b64decode(world.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    told = json.loads(body)
    assert told["type"] == "recall.opened"
    assert told["data"]["recall_id"] == str(recall_id)
    assert told["data"]["answers"] == 1
    assert REASON.encode() not in body
    (entry,) = recorded("recall.notified")
    assert entry["fields"]["app"] == "ward"
    (delivered,) = deliveries(recall_id)
    assert delivered.state is DeliveryState.DELIVERED
    told_by_app = {one.app: one.told for one in recall(recall_id, at=NOW).notices}
    assert told_by_app == {"ward": DeliveryState.DELIVERED, "pharmacy": None}


def test_message_is_tried_again_with_the_same_id_until_it_arrives(world, receiver):
    receiver.statuses = [500, 302, 200]
    receiver.location = "http://127.0.0.1:1/elsewhere"
    recall_id = world.open()
    waits = []
    for _ in range(3):
        assert deliver_due(world.postman()) == 1
        assert deliver_due(world.postman()) == 0
        due = WebhookDelivery.objects.get().next_attempt_at
        if due is not None:
            waits.append(due - world.at)
            world.at = due
    assert waits == [timedelta(seconds=5), timedelta(minutes=5)]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    (delivered,) = deliveries(recall_id)
    assert (delivered.attempts, delivered.last_status) == (3, 200)


def test_message_is_dead_after_its_attempts_told_and_replayable(world, receiver):
    receiver.statuses = [503] * MOST_ATTEMPTS
    recall_id = world.open()
    for _ in range(MOST_ATTEMPTS):
        assert deliver_due(world.postman()) == 1
        world.at = WebhookDelivery.objects.get().next_attempt_at or world.at
    assert deliver_due(world.postman()) == 0
    (dead,) = deliveries(recall_id)
    assert (dead.state, dead.attempts) == (DeliveryState.DEAD, MOST_ATTEMPTS)
    (entry,) = recorded("recall.undelivered")
    assert entry["fields"]["code"] == "status_not_ok"
    assert world.at - NOW < timedelta(days=4)
    replay_delivery(dead.id, at=world.at)
    with pytest.raises(DeliveryPending):
        replay_delivery(dead.id, at=world.at)
    assert deliver_due(world.postman()) == 1
    assert deliveries(recall_id)[0].state is DeliveryState.DELIVERED
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_message_is_dead_at_once_when_the_address_is_gone(world, receiver):
    receiver.statuses = [410]
    recall_id = world.open()
    deliver_due(world.postman())
    (dead,) = deliveries(recall_id)
    assert (dead.state, dead.failure_code) == (DeliveryState.DEAD, "gone")


def test_message_is_not_sent_when_the_endpoint_was_removed(world, receiver):
    recall_id = world.open()
    remove_endpoint(world.endpoint_id, by=MANAGER, at=NOW)
    deliver_due(world.postman())
    assert receiver.got == []
    assert deliveries(recall_id)[0].failure_code == "endpoint_removed"
    with pytest.raises(EndpointUnknown):
        remove_endpoint(world.endpoint_id, by=MANAGER, at=NOW)
    assert endpoints() == []


def test_message_of_a_killed_worker_is_sent_once_its_lease_is_over(world, receiver):
    recall_id = world.open()

    def die(*args: Any, **kwargs: Any) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(world.postman(die))
    assert deliver_due(world.postman()) == 0
    world.at += LEASE
    assert deliver_due(world.postman()) == 1
    assert deliveries(recall_id)[0].state is DeliveryState.DELIVERED


def test_late_worker_does_not_overrule_the_one_after_it(world, receiver):
    recall_id = world.open()

    def slow(*args: Any, **kwargs: Any) -> int:
        world.at += LEASE
        deliver_due(world.postman())
        return 500

    deliver_due(world.postman(slow), limit=1)
    (delivered,) = deliveries(recall_id)
    assert (delivered.state, delivered.attempts) == (DeliveryState.DELIVERED, 2)


def test_sending_ends_within_its_time_and_reads_no_more_than_it_may(receiver):
    receiver.wait = 2
    quick = Rules(trusted_hosts=RULES.trusted_hosts, seconds=0.3)
    with pytest.raises(DeliveryRefused) as refused:
        outbound.send(receiver.url, b"{}", headers={}, rules=quick)
    assert "127.0.0.1" not in repr(refused.value)
    receiver.wait, receiver.reply = 0, b"x" * 1_000_000
    small = Rules(trusted_hosts=RULES.trusted_hosts, reply_bytes=1000)
    assert outbound.send(receiver.url, b"{}", headers={}, rules=small) == 204


def test_sending_is_refused_when_a_name_has_a_private_address(monkeypatch):
    def resolve(addresses: list[str]) -> None:
        found = [(0, 0, 0, "", (address, 443)) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)

    url = "https://ward.example.org/hooks"
    resolve(["93.184.215.14"])
    _, found = asyncio.run(outbound.find_destination(url, rules=Rules()))
    assert (found.host, found.ip) == ("ward.example.org", "93.184.215.14")
    for private in ("10.1.2.3", "127.0.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"):
        resolve(["93.184.215.14", private])
        with pytest.raises(AddressRefused):
            outbound.send(url, b"{}", headers={}, rules=Rules())


def test_endpoint_is_refused_when_it_exists_or_is_private(world, receiver):
    register = {"app": "ward", "wrapped_by": key_wrapper(), "by": MANAGER, "at": NOW}
    with pytest.raises(EndpointExists):
        register_endpoint(receiver.url, rules=RULES, **register)
    with pytest.raises(AddressRefused):
        register_endpoint("https://10.0.0.1/", rules=Rules(), **register)
    assert len(endpoints()) == 1
    assert len(recorded("webhook.registered")) == 1


def test_acknowledgement_is_recorded_once_and_overdue_ones_are_listed(world):
    recall_id = world.open()
    late = NOW + timedelta(days=1, seconds=1)
    assert overdue_notices(at=NOW) == 0
    assert overdue_notices(at=late) == 2
    acknowledge_recall(recall_id, app="ward", by=app_actor(1), at=NOW)
    with pytest.raises(NoticeAcknowledged):
        acknowledge_recall(recall_id, app="ward", by=app_actor(1), at=NOW)
    with pytest.raises(NoticeUnknown):
        acknowledge_recall(recall_id, app="kitchen", by=app_actor(1), at=NOW)
    found = recall(recall_id, at=late)
    assert [(one.app, one.is_overdue) for one in found.notices] == [
        ("pharmacy", True),
        ("ward", False),
    ]
    (entry,) = recorded("recall.acknowledged")
    assert entry["fields"]["app"] == "ward"
    assert [one.id for one in recalls(at=late, state="overdue")] == [recall_id]
    assert recalls(at=NOW, state="overdue") == []
    acknowledge_recall(recall_id, app="pharmacy", by=MANAGER, at=late)
    assert recalls(at=late, state="overdue") == []


def test_recalls_are_listed_newest_first_by_app_state_and_page(world):
    first = world.open()
    world.at += DAY
    second = world.open(chunk_target(world.first.id, world.chunks[2].id))

    def listed(**options: Any) -> list[Any]:
        return [one.id for one in recalls(at=world.at, **options)]

    assert listed() == [second, first]
    assert listed(app="pharmacy") == [first]
    assert listed(version_id=world.second.id) == []
    assert listed(limit=1) == [second]
    assert listed(before=second) == [first]
    close_recall(first, note="Done.", by=MANAGER, at=world.at)
    assert listed(state="open") == [second]
    assert listed(state="closed") == [first]


def test_recall_closes_once_by_a_person_and_tells_the_apps(world, receiver):
    recall_id = world.open()
    with pytest.raises(RecallNeedsAPerson):
        close_recall(recall_id, note="Done.", by=app_actor(1), at=NOW)
    close_recall(recall_id, note="Done.", by=MANAGER, at=NOW + DAY)
    with pytest.raises(RecallClosed):
        close_recall(recall_id, note="Done.", by=MANAGER, at=NOW + DAY)
    with pytest.raises(RecallUnknown):
        close_recall(world.ward, note="Done.", by=MANAGER, at=NOW + DAY)
    world.at += DAY
    assert deliver_due(world.postman()) == 2
    types = [json.loads(body)["type"] for _, body in receiver.got]
    assert sorted(types) == ["recall.closed", "recall.opened"]
    (entry,) = recorded("recall.closed")
    assert entry["fields"]["outstanding"] == 2


def test_rows_only_move_on(world):
    recall_id = world.open()
    acknowledge_recall(recall_id, app="ward", by=app_actor(1), at=NOW)
    notice = RecallNotice.objects.filter(app="ward")
    for change in (
        lambda: Recall.objects.update(severity="minor"),
        Recall.objects.all().delete,
        lambda: notice.update(acknowledged_by_name="Somebody else"),
        lambda: RecallNotice.objects.filter(app="pharmacy").update(due_at=NOW),
        lambda: WebhookDelivery.objects.update(body="{}"),
        WebhookDelivery.objects.all().delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
