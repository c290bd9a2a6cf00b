"""The demonstration: from an empty machine to a proved answer, stage by stage."""

import base64
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from audit import offline
from clinrag.local import story, telling
from clinrag.local.client import DemoApp, Reply
from clinrag.local.errors import DemoFellShort
from clinrag.local.layout import DataDirectory, read_json, write_private
from clinrag.local.stack import Stack

READY_WITHIN_SECONDS = 90.0
# A question asked again is the same one; what was erased of it stays erased.
ERASED_CODE = "answer_erased"
ERASED = "erased"
PROOF_WITHIN_SECONDS = 15.0
OK = 200
MODEL_KEY = "demo: asked of the local model"
NOTED_BEFORE = "notice_acknowledged"


@dataclass(slots=True)
class Summary:
    """What came of it; printed as one line of JSON with `--once`."""

    questions: list[dict[str, Any]] = field(default_factory=list)
    edition: dict[str, Any] = field(default_factory=dict)
    recall: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    entries: int = 0
    checkpoint_size: int = 0
    verified: bool = False
    proof_verified: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    shortfalls: list[str] = field(default_factory=list)


class Demo:
    """Runs the stages over a stack; every stage is safe to run again."""

    def __init__(
        self, data: DataDirectory, stack: Stack, *, with_model: bool = False
    ) -> None:
        self._data = data
        self._with_model = with_model
        self._stack = stack
        self._app = DemoApp(stack.url)
        self.summary = Summary()
        self.accounts_made: list[str] = []
        self.public_key = ""
        self._is_settled = False  # an earlier run did all that takes long

    def run(self) -> Summary:
        stages: tuple[tuple[str, Callable[[], str]], ...] = (
            ("servers", self._start_servers),
            ("migrations", self._prepare),
            ("processes", self._start_processes),
            ("people", self._make_people),
            ("ready", self._wait_until_ready),
            ("first editions", lambda: self._take_in("first")),
            ("first question", lambda: self._ask_all(story.FIRST_QUESTIONS)),
            ("next editions", lambda: self._take_in("next")),
            ("questions", lambda: self._ask_all(story.NEXT_QUESTIONS)),
            ("new edition", self._change),
            ("asked again", lambda: self._ask_all(story.CHANGE_QUESTIONS)),
            ("proof", self._prove),
            ("recall", self._call_back),
            ("verification", self._verify),
        )
        for name, stage in stages:
            self._timed(name, stage)
        if self._with_model:
            self._timed("local model", self._ask_model)
        return self.summary

    def _timed(self, name: str, stage: Callable[[], str]) -> None:
        on_terminal = sys.stdout.isatty()
        print(f"{name:>15} …", end="" if on_terminal else "\n", flush=True)
        began = time.monotonic()
        said = stage()
        self.summary.seconds[name] = round(time.monotonic() - began, 2)
        back = "\r" if on_terminal else ""
        took = self.summary.seconds[name]
        print(f"{back}{name:>15} ✓ {took:6.1f} s  {said}", flush=True)

    def _start_servers(self) -> str:
        self._stack.start_servers()
        return "PostgreSQL with pgvector, Redis"

    def _prepare(self) -> str:
        self._stack.prepare()
        return "both databases migrated, rights given, ledger keys in place"

    def _start_processes(self) -> str:
        self._stack.start_processes()
        return ", ".join(self._stack.supervisor.names())

    def _make_people(self) -> str:
        """Passwords are made here and handed over by a file of the owner's alone."""
        known = read_json(self._data.credentials_file)
        passwords = {
            person.username: self._data.secret(f"password of {person.username}")
            for person in story.PEOPLE
        }
        wanted = {"passwords": passwords, "key": known.get("key", "")}
        write_private(self._data.credentials_file, json.dumps(wanted, indent=1))
        made = self._stack.manage_json(
            "demo_people", "--credentials", str(self._data.credentials_file)
        )
        self.accounts_made = made["created"]
        wanted["key"] = made["key"]
        write_private(self._data.key_file, made["key"])
        write_private(self._data.credentials_file, json.dumps(wanted, indent=1))
        self._app = DemoApp(self._stack.url, made["key"])
        return f"{len(passwords)} accounts, one app key"

    def _wait_until_ready(self) -> str:
        self._app.wait_until_ready(seconds=READY_WITHIN_SECONDS)
        return f"{self._stack.url} can record and answer"

    def _take_in(self, phase: str) -> str:
        if phase == "next" and self._is_settled:
            return "taken in by an earlier run"
        done = self._manage_json("demo_corpus", phase)
        self._is_settled = done["settled"]
        return f"{done['editions']} editions, {done['passages']} passages"

    def _manage_json(self, *arguments: str) -> dict[str, Any]:
        file = str(self._data.credentials_file)
        return self._stack.manage_json(*arguments, "--credentials", file, "--json")

    def _change(self) -> str:
        """A new edition compared, looked ahead on, signed, and put in force."""
        self.summary.edition = self._told_once("edition")
        self.summary.shortfalls += telling.shortfalls_of_edition(self.summary.edition)
        return telling.edition_in_words(self.summary.edition)

    def _call_back(self) -> str:
        """The edition before it called back, and the app that is told takes note."""
        self.summary.recall = found = self._told_once(
            "recall", "--vkey", self.public_key
        )
        recall_id = str(found["recall"]["id"])
        reply = self._app.acknowledge(recall_id)
        is_noted = reply.status == OK or reply.body.get("code") == NOTED_BEFORE
        self.summary.shortfalls += telling.shortfalls_of_recall(found)
        self.summary.shortfalls += self._standing_of_called_back()
        if not is_noted:
            self.summary.shortfalls.append(f"recall: not acknowledged ({reply.status})")
        return telling.recall_in_words(found)

    def _standing_of_called_back(self) -> list[str]:
        """What an answer from the edition before is worth is worked out, not written.

        A recall that somebody closed, or an answer that is gone, is nothing amiss.
        """
        name = story.RECALLED_QUESTION
        answer = next(one for one in self.summary.questions if one["name"] == name)
        if answer["outcome"] == ERASED:
            return []
        standing = self._app.standing(str(answer["id"])).body.get("standing")
        is_right = standing in {"under_recall", "superseded"}
        return [] if is_right else [f"{name}: its answer is worth “{standing}”"]

    def _told_once(self, step: str, *arguments: str) -> dict[str, Any]:
        """What the step did, now or in an earlier run that ended well."""
        kept = read_json(self._data.told_file)
        if self._is_settled and step in kept:
            earlier: dict[str, Any] = kept[step]
            return earlier
        told = self._manage_json("demo_change", step, *arguments)
        write_private(self._data.told_file, json.dumps({**kept, step: told}, indent=1))
        return told

    def _ask_all(self, questions: tuple[story.QuestionPlan, ...]) -> str:
        for plan in questions:
            self.summary.questions.append(self._ask(plan))
        return "; ".join(
            f"{found['name']}: {found['outcome']}"
            for found in self.summary.questions[-len(questions) :]
        )

    def _ask(self, plan: story.QuestionPlan) -> dict[str, Any]:
        asked = {"question": plan.text, "collections": list(plan.collections)}
        reply = self._app.ask(
            asked | ({"as_of": plan.as_of} if plan.as_of else {}),
            idempotency_key=f"demo: {plan.name}",
        )
        found = {
            "name": plan.name,
            "question": plan.text,
            "id": reply.body.get("id"),
            "outcome": outcome_of(reply),
            "text": reply.body.get("text") or reply.body.get("reason"),
            "citations": [
                f"{citation['document_title']}, {citation['version_label']}"
                for citation in reply.body.get("citations", [])
            ],
        }
        self.summary.shortfalls += shortfalls(plan, found)
        return found

    def _prove(self) -> str:
        """The proof of the first answer, checked with the offline verifier alone."""
        answered = [q for q in self.summary.questions if q["outcome"] == "answered"]
        if not answered:
            self.summary.shortfalls.append("no question was answered")
            return "nothing to prove"
        answer = answered[0]
        deadline = time.monotonic() + PROOF_WITHIN_SECONDS
        reply = self._app.proof(str(answer["id"]))
        while reply.status != OK and time.monotonic() < deadline:
            time.sleep(0.3)
            reply = self._app.proof(str(answer["id"]))
        self.public_key = str(reply.body.get("vkey", ""))
        self.summary.checkpoint_size = signed_size(reply.body)
        self.summary.proof_verified = self.summary.checkpoint_size > 0
        if not self.summary.proof_verified:
            self.summary.shortfalls.append("the inclusion proof does not verify")
        return f"answer {answer['id']} is entry {reply.body.get('index')}"

    def _ask_model(self) -> str:
        """A question to a model that invents: told is what was left of its answer."""
        self._stack.add_model()
        self._app.wait_until_ready(seconds=READY_WITHIN_SECONDS)
        asked = {"question": story.DAYS, "collections": [story.OPIOIDS]}
        reply = self._app.ask(asked, idempotency_key=MODEL_KEY)
        self.summary.model = telling.told_of_model(outcome_of(reply), reply.body)
        self.summary.shortfalls += telling.shortfalls_of_model(self.summary.model)
        return telling.model_in_words(self.summary.model)

    def _verify(self) -> str:
        report = self._stack.manage_json("verify_ledger", "--json")
        self.summary.verified = bool(report["ok"])
        self.summary.entries = int(report["entries"])
        self.summary.verified &= self.summary.entries > 0
        if not self.summary.verified:
            self.summary.shortfalls.append("the ledger does not verify")
        return f"{self.summary.entries} entries re-derived from their bytes"


def signed_size(proof: dict[str, Any]) -> int:
    """Size of the signed log that holds the entry; 0 if the proof does not hold.

    Asked of the verifier that trusts only the public key.
    """
    try:
        tree = offline.verify_inclusion(
            proof["checkpoint"],
            proof["vkey"],
            base64.b64decode(proof["entry"]),
            index=proof["index"],
            path=[bytes.fromhex(step) for step in proof["path"]],
        )
    except (offline.Rejected, KeyError):
        return 0
    return tree.size


def outcome_of(reply: Reply) -> str:
    """How a question ended, also if its answer is gone by now or there was none."""
    if reply.body.get("code") == ERASED_CODE:
        return ERASED
    return str(reply.body.get("outcome", f"HTTP {reply.status}"))


def shortfalls(plan: story.QuestionPlan, found: dict[str, Any]) -> list[str]:
    """Sentences that say in which way a reply is not what it must be.

    An answer that was erased since it was given is nothing that fell short.
    """
    if found["outcome"] == ERASED:
        return []
    text = str(found["text"] or "")
    wrong = []
    if found["outcome"] != plan.outcome:
        wrong.append(f"{plan.name}: {found['outcome']} instead of {plan.outcome}")
    if plan.says and plan.says.lower() not in text.lower():
        wrong.append(f"{plan.name}: does not say “{plan.says}”")
    if plan.not_says and plan.not_says.lower() in text.lower():
        wrong.append(f"{plan.name}: still says “{plan.not_says}”")
    if plan.outcome == "answered" and not found["citations"]:
        wrong.append(f"{plan.name}: no citation")
    return wrong


def check_complete(summary: Summary) -> None:
    """Raises DemoFellShort unless everything came out as it must."""
    if summary.shortfalls:
        raise DemoFellShort("; ".join(summary.shortfalls))


def as_line(summary: Summary) -> str:
    return json.dumps(asdict(summary), ensure_ascii=False)
