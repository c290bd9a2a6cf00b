"""The project's settings, over servers that live as long as the test session."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

SESSION_DIR = Path(tempfile.mkdtemp(prefix="clinrag-test-"))
SESSION_DIR.chmod(0o755)  # the unprivileged PostgreSQL user passes through as root
(SESSION_DIR / "static").mkdir()
atexit.register(shutil.rmtree, SESSION_DIR, ignore_errors=True)

for name in [name for name in os.environ if name.startswith("CLINRAG_")]:
    if name not in {
        "CLINRAG_BROWSER_TESTS",
        "CLINRAG_MODEL_TESTS",
        "CLINRAG_OUTSIDE_TESTS",
    }:
        del os.environ[name]
os.environ |= {
    "CLINRAG_DATA_DIR": str(SESSION_DIR),
    "CLINRAG_SECRET_KEY": "only-for-tests-" * 5,
    "CLINRAG_HTTPS": "0",
    "CLINRAG_ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "CLINRAG_LOG_ORIGIN": "clinrag.test/ledger",
    "CLINRAG_FSYNC_MAY_BE_OFF": "1",
    "DATABASE_URL": "postgresql:///clinrag",
    "CLINRAG_KEYS_DATABASE_URL": "postgresql:///clinrag_keys",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}

from clinrag.settings import *  # noqa: E402, F403
from clinrag.settings import INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = ["tests.flushing", *INSTALLED_APPS]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
