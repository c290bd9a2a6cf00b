"""`python -m clinrag.local [--once]`: the demonstration; stops cleanly on Ctrl-C."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from clinrag import env
from clinrag.local import story
from clinrag.local.demo import Demo, Summary, as_line, check_complete
from clinrag.local.errors import LocalError
from clinrag.local.layout import DataDirectory, open_data_directory, read_json
from clinrag.local.stack import PROJECT, Stack

INTERRUPTED = 130
Reaction = signal.Handlers | Callable[[int, FrameType | None], None]


class StopAsked(Exception):
    """A signal asks the supervisor to stop."""


def main() -> int:
    arguments = parse_arguments()
    on_signals(ask_to_stop)
    try:
        return run(once=arguments.once, with_model=arguments.model == "local")
    except StopAsked:
        print("\nstopped; nothing is left running")
        return 0 if not arguments.once else INTERRUPTED
    except env.BadSetting as error:
        print(f"\nbad_setting: {error}", file=sys.stderr)
        return 1
    except LocalError as error:
        print(f"\n{error.code}: {error}", file=sys.stderr)
        return 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clinrag.local", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="print a JSON summary and exit"
    )
    parser.add_argument(
        "--model",
        choices=["local"],
        help="ask a real, tiny language model too, run on this machine",
    )
    return parser.parse_args()


def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    """Once is enough: what follows is the stopping itself."""
    on_signals(signal.SIG_IGN)
    raise StopAsked


def on_signals(reaction: Reaction) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, reaction)


def run(*, once: bool, with_model: bool = False) -> int:
    root = Path(os.environ.get("CLINRAG_DATA_DIR") or PROJECT / ".data").resolve()
    data, lock = open_data_directory(root)
    env.load_file(data.settings_file)
    stack = Stack(data)
    demo = Demo(data, stack, with_model=with_model)
    try:
        demo.run()
        if once:
            print(as_line(demo.summary))
            check_complete(demo.summary)
            return 0
        print_answers(demo.summary)
        print_edition(demo.summary, stack.url)
        print_addresses(demo, stack, data)
        serve(stack)
    finally:
        on_signals(signal.SIG_IGN)  # one that comes now would stop the stopping
        stack.stop()
        lock.close()
    return 0


def serve(stack: Stack) -> None:
    """Until a signal comes."""
    while True:
        for sentence in stack.tend():
            print(sentence, flush=True)
        time.sleep(0.5)


def print_answers(summary: Summary) -> None:
    for found in summary.questions:
        print(f"\n  {found['question']}\n    {found['outcome']}: {found['text']}")
        for citation in found["citations"]:
            print(f"      [{citation}]")
    for shortfall in summary.shortfalls:
        print(f"  fell short: {shortfall}")


def print_edition(summary: Summary, url: str) -> None:
    """Where the new edition, and what it reaches, can be looked at."""
    older, newer = summary.edition["older"], summary.edition["newer"]
    print(f"\n  What changed   {url}/compare/{older}/{newer}")
    print(f"  Who approved   {url}/versions/{newer}")
    print(f"  What it meets  {url}/versions/{older}/impact")
    print(f"  Called back    {url}/recalls/{summary.recall['recall']['id']}")


def print_addresses(demo: Demo, stack: Stack, data: DataDirectory) -> None:
    """Passwords are shown when they are made, and never again."""
    print(f"\nPages  {stack.url}/\nAPI    {stack.url}/api/v1/docs")
    print(f"Key    {demo.public_key}  (the log's, public)\n")
    passwords = read_json(data.credentials_file)["passwords"]
    for person in story.PEOPLE:
        new = person.username in demo.accounts_made
        print(f"  {person.username:<10} {person.does}")
        if new:
            print(f"  {'':<10} password: {passwords[person.username]}")
    print(f"  (passwords are kept for you alone in {data.credentials_file})\n")
    question = {"question": story.DAYS, "collections": [story.OPIOIDS]}
    print(
        f"  curl -s {stack.url}/api/v1/answers \\\n"
        f"    -H \"Authorization: Bearer $(cat '{data.key_file}')\" \\\n"
        "    -H 'Content-Type: application/json' \\\n"
        f"    -d '{json.dumps(question)}'\n\nServing until Ctrl-C.",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
