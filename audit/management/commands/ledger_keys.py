"""Makes the keys a new deployment needs, once, and prints the public one.

Run it where the signer runs, as the signer's system user. With `--deployment-key` or
`--signer-key` only that one is made, for deployments that keep them apart.
"""

import base64
import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from audit.durable_files import replace_file
from audit.sealing import KEY_SIZE, FileWrapper
from audit.signing.files import SignerFiles


class Command(BaseCommand):
    help = "Create the log's signing key and the deployment key; print the public key."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--signer-key", action="store_true", help="only this one")
        only.add_argument("--deployment-key", action="store_true", help="only this one")
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, **options: Any) -> None:
        made: dict[str, str] = {}
        if not options["signer_key"]:
            path = Path(settings.CLINRAG_DEPLOYMENT_KEY_FILE)
            create_deployment_key(path)
            made["deployment_key_file"] = str(path)
        if not options["deployment_key"]:
            files = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR))
            made["vkey"] = files.create_key(settings.CLINRAG_LOG_ORIGIN).vkey
        for line in [json.dumps(made)] if options["json"] else made.values():
            self.stdout.write(line)


def create_deployment_key(path: Path) -> FileWrapper:
    """The deployment keys, one being made if there is no file yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = base64.b64encode(secrets.token_bytes(KEY_SIZE)).decode("ascii")
        replace_file(path, key + "\n", mode=0o600)
    return FileWrapper.read(path)
