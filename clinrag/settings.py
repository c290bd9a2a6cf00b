"""Settings, in the order of Django's documentation; variables in deploy/env.sample.

A value that would be unsafe in production is refused by a system check
(`clinrag.checks`), not silently corrected here.
"""

from pathlib import Path

from csp.constants import NONE, SELF

from clinrag import env
from clinrag.beat import BEAT_SCHEDULE
from clinrag.database import limits
from clinrag.database.connection import PatientConnection
from clinrag.openapi import DESCRIPTION

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.path("CLINRAG_DATA_DIR", BASE_DIR / ".data")
env.load_file(DATA_DIR / "settings")  # the operator's own, then the local set-up's
env.load_file(DATA_DIR / "env")

# Core
DEBUG = env.flag("CLINRAG_DEBUG", default=False)
SECRET_KEY = env.text("CLINRAG_SECRET_KEY", "")
SECRET_KEY_FALLBACKS = env.words("CLINRAG_SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("CLINRAG_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ROOT_URLCONF = "clinrag.urls"
ASGI_APPLICATION = "clinrag.asgi.application"
WSGI_APPLICATION = "clinrag.wsgi.application"
APPEND_SLASH = False

INSTALLED_APPS = [
    "clinrag.web",  # before the administration, whose frame it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "audit",
    "ingestion",
    "clinrag.access",
    "clinrag.retrieval",
    "clinrag.inference",
    "clinrag.answering",
    "clinrag.api",
    "clinrag.local",
]

MIDDLEWARE = [
    "clinrag.api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinrag.web.refusals.RefusalPagesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Databases: two, so that a dump of the records holds no key to them
_LIMITS = limits.BY_PROCESS[
    env.one_of("CLINRAG_PROCESS", "service", choices=tuple(limits.BY_PROCESS))
]
CLINRAG_DATABASE_POOL_SIZE = env.integer("CLINRAG_DATABASE_POOL_SIZE", 0)


def _database(variable: str, default: str) -> dict[str, object]:
    settings = env.database(variable, default)
    options = _LIMITS.options(settings["OPTIONS"])  # type: ignore[arg-type]
    if CLINRAG_DATABASE_POOL_SIZE:
        options["pool"] = {
            "min_size": 1,
            "max_size": CLINRAG_DATABASE_POOL_SIZE,
            "timeout": 10,
            "connection_class": PatientConnection,
        }
    return settings | {"OPTIONS": options, "CONN_MAX_AGE": 0}


DATABASES = {
    "default": _database("DATABASE_URL", "postgresql:///clinrag"),
    "keys": _database("CLINRAG_KEYS_DATABASE_URL", "postgresql:///clinrag_keys"),
}
DATABASE_ROUTERS = ["clinrag.routers.KeyRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache: sign-in throttling and rate limits
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "clinrag",
    }
}

# People
AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["clinrag.access.backends.ThrottledBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "web:overview"
LOGOUT_REDIRECT_URL = "web:login"

# Sessions and transport
HTTPS = env.flag("CLINRAG_HTTPS", default=True)
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.integer("CLINRAG_SESSION_SECONDS", 8 * 3600)
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "clinrag.web.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.words("CLINRAG_TRUSTED_ORIGINS")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if env.flag("CLINRAG_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CLINRAG_TRUSTED_PROXIES = env.integer("CLINRAG_TRUSTED_PROXIES", 0)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "worker-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Uploads: a longer file is on record as a failed version, a longer body is refused
MAX_UPLOAD_BYTES = env.integer("CLINRAG_MAX_UPLOAD_BYTES", 50 * 1024 * 1024, at_least=1)
MAX_BODY_BYTES = max(
    env.integer("CLINRAG_MAX_BODY_BYTES", 2 * 1024**3, at_least=1), MAX_UPLOAD_BYTES
)
MAX_BODY_SECONDS = env.decimal("CLINRAG_MAX_BODY_SECONDS", 900.0, at_least=1.0)
FILE_UPLOAD_HANDLERS = ["ingestion.uploads.MeasuringUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Language and time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Static files
STATIC_URL = "static/"
STATIC_ROOT = env.path("CLINRAG_STATIC_DIR", DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.flag("CLINRAG_HASHED_STATIC", default=False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not env.flag("CLINRAG_HASHED_STATIC", default=False)

# Logs: an allow-list of keys, one JSON object a line
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinrag.logs.AllowListFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.one_of(
            "CLINRAG_LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR")
        ),
    },
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # Statements would carry questions; nothing below a warning leaves here.
        "django.db.backends": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "pdfminer": {"level": "ERROR"},
    },
}

# REST
# Each route names its own authentication and permission (clinrag.api.routes); a
# view that forgot to would be closed to everybody.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "clinrag.api.refusals.respond",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = DESCRIPTION
CLINRAG_ASKING_THREADS = env.integer("CLINRAG_ASKING_THREADS", 8, at_least=1)
API_REQUESTS_PER_MINUTE = env.integer(
    "CLINRAG_API_REQUESTS_PER_MINUTE", 600, at_least=1
)

# Background work
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A killed worker's task comes back after the time-out; kombu's default sweep is
# too rare to notice, hence the throttle and the interval.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": CELERY_TASK_TIME_LIMIT + 60,
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 2,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "ingestion.tasks.process_version": {"queue": "ingest.parse"},
    # A look that is not begun in half a minute is dropped and sent again: it would
    # never come behind files that take longer.
    "ingestion.tasks.check_source": {"queue": "ingest.watch"},
    "ingestion.tasks.recognise_part": {"queue": "ingest.ocr"},
    "ingestion.tasks.embed_part": {"queue": "ingest.embed"},
    "ingestion.tasks.build_part": {"queue": "ingest.embed"},
    # What takes long, or many turns, delays no webhook and no edition's day.
    "audit.tasks.build_export": {"queue": "ledger.slow"},
    "audit.tasks.prune_block": {"queue": "ledger.slow"},
    "audit.tasks.run_verification": {"queue": "ledger.slow"},
    "clinrag.answering.tasks.foresee": {"queue": "ledger.slow"},
}
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# The ledger
CLINRAG_LOG_ORIGIN = env.text("CLINRAG_LOG_ORIGIN", "clinrag.local/ledger")
CLINRAG_SIGNER_DIR = env.path("CLINRAG_SIGNER_DIR", DATA_DIR / "signer")
CLINRAG_SIGNER_PUBLIC_KEY = env.text("CLINRAG_SIGNER_PUBLIC_KEY", "")
CLINRAG_DEPLOYMENT_KEY_FILE = env.path(
    "CLINRAG_DEPLOYMENT_KEY_FILE", DATA_DIR / "keys" / "deployment.key"
)
CLINRAG_KEY_WRAPPER = env.one_of(
    "CLINRAG_KEY_WRAPPER", "file", choices=("file", "transit")
)
CLINRAG_TRANSIT_URL = env.text("CLINRAG_TRANSIT_URL", "")
CLINRAG_TRANSIT_MOUNT = env.text("CLINRAG_TRANSIT_MOUNT", "transit")
CLINRAG_TRANSIT_KEY = env.text("CLINRAG_TRANSIT_KEY", "clinrag")
CLINRAG_TRANSIT_TOKEN_FILE = env.path(
    "CLINRAG_TRANSIT_TOKEN_FILE", DATA_DIR / "keys" / "transit-token"
)
CLINRAG_TRANSIT_TIMEOUT_SECONDS = env.decimal("CLINRAG_TRANSIT_TIMEOUT_SECONDS", 5.0)
CLINRAG_KEYS_BACKUP_DAYS = env.integer("CLINRAG_KEYS_BACKUP_DAYS", 7)
CLINRAG_WITNESS_POLICY = env.text("CLINRAG_WITNESS_POLICY", "")
CLINRAG_OWN_WITNESSES = env.words("CLINRAG_OWN_WITNESSES")
CLINRAG_TIMESTAMP_URL = env.text("CLINRAG_TIMESTAMP_URL", "")
CLINRAG_TIMESTAMP_ROOTS = env.text("CLINRAG_TIMESTAMP_ROOTS", "")
CLINRAG_TIMESTAMP_POLICY = env.text("CLINRAG_TIMESTAMP_POLICY", "")
CLINRAG_ANCHOR_FOLDER = env.text("CLINRAG_ANCHOR_FOLDER", "")
CLINRAG_ANCHOR_BUCKET = env.text("CLINRAG_ANCHOR_BUCKET", "")
CLINRAG_ANCHOR_BUCKET_PREFIX = env.text("CLINRAG_ANCHOR_BUCKET_PREFIX", "")
CLINRAG_ANCHOR_BUCKET_URL = env.text("CLINRAG_ANCHOR_BUCKET_URL", "")
CLINRAG_ANCHOR_BUCKET_DAYS = env.integer("CLINRAG_ANCHOR_BUCKET_DAYS", 3650, at_least=1)
CLINRAG_ANCHORING_SECONDS = env.decimal("CLINRAG_ANCHORING_SECONDS", 60.0, at_least=0.1)
CLINRAG_INBOX_LIMIT = env.integer("CLINRAG_INBOX_LIMIT", 50_000, at_least=1)
CLINRAG_READY_DESPITE_ALARMS = env.flag("CLINRAG_READY_DESPITE_ALARMS", default=False)
CLINRAG_LOG_PUBLIC = env.one_of(
    "CLINRAG_LOG_PUBLIC", "hashes", choices=("off", "hashes", "all")
)
CLINRAG_LOG_REQUESTS_PER_MINUTE = env.integer(
    "CLINRAG_LOG_REQUESTS_PER_MINUTE", 6000, at_least=1
)
CLINRAG_FSYNC_MAY_BE_OFF = env.flag("CLINRAG_FSYNC_MAY_BE_OFF", default=False)

# Evidence packages
CLINRAG_EXPORT_DIR = env.path("CLINRAG_EXPORT_DIR", DATA_DIR / "exports")
# The ledger knows nothing of what makes a person known: it is handed in from above.
EXPORT_MASK = "clinrag.privacy.identifiers.mask"
# Nor of the words in which pages tell its entries.
ENTRY_TELLER = "clinrag.web.telling.told"

# Documents
CLINRAG_STORAGE_DIR = env.path("CLINRAG_STORAGE_DIR", DATA_DIR / "documents")
# What looks through a document for patients and for orders to a model.
DOCUMENT_SCREENER = "clinrag.privacy.documents.screened"

# Watched sources: nothing is watched but what is named here
CLINRAG_SOURCE_FOLDERS = env.words("CLINRAG_SOURCE_FOLDERS")
CLINRAG_SOURCE_HOSTS = env.words("CLINRAG_SOURCE_HOSTS")
CLINRAG_SOURCE_PRIVATE_HOSTS = env.words("CLINRAG_SOURCE_PRIVATE_HOSTS")
CLINRAG_SOURCE_BUCKETS = env.words("CLINRAG_SOURCE_BUCKETS")
CLINRAG_SOURCE_BUCKET_URL = env.text("CLINRAG_SOURCE_BUCKET_URL", "")
CLINRAG_SOURCE_SECONDS = env.decimal("CLINRAG_SOURCE_SECONDS", 120.0, at_least=1.0)
CLINRAG_SOURCE_SETTLE_SECONDS = env.decimal("CLINRAG_SOURCE_SETTLE_SECONDS", 5.0)

# Embedding: empty for the bundled embedder
CLINRAG_EMBEDDING_URL = env.text("CLINRAG_EMBEDDING_URL", "")
CLINRAG_EMBEDDING_MODEL = env.text("CLINRAG_EMBEDDING_MODEL", "")
CLINRAG_EMBEDDING_API_KEY = env.text("CLINRAG_EMBEDDING_API_KEY", "")
# The one that an index is built by beside, until collections are switched to it
CLINRAG_NEXT_EMBEDDING_URL = env.text("CLINRAG_NEXT_EMBEDDING_URL", "")
CLINRAG_NEXT_EMBEDDING_MODEL = env.text("CLINRAG_NEXT_EMBEDDING_MODEL", "")
CLINRAG_NEXT_EMBEDDING_API_KEY = env.text("CLINRAG_NEXT_EMBEDDING_API_KEY", "")

# Answering: empty for the built-in extractive answerer
CLINRAG_MODEL_URL = env.text("CLINRAG_MODEL_URL", "")
CLINRAG_MODEL_NAME = env.text("CLINRAG_MODEL_NAME", "")
CLINRAG_MODEL_API_KEY = env.text("CLINRAG_MODEL_API_KEY", "")
CLINRAG_MODEL_TIMEOUT_SECONDS = env.decimal("CLINRAG_MODEL_TIMEOUT_SECONDS", 60.0)
CLINRAG_MODEL_CONCURRENCY = env.integer("CLINRAG_MODEL_CONCURRENCY", 64, at_least=1)
CLINRAG_MODEL_EXTERNAL = env.flag("CLINRAG_MODEL_EXTERNAL", default=False)
CLINRAG_PROMPT_TOKENS = env.integer("CLINRAG_PROMPT_TOKENS", 6000, at_least=500)
CLINRAG_REPLY_TOKENS = env.integer("CLINRAG_REPLY_TOKENS", 800, at_least=50)
CLINRAG_MODEL_FALLBACK = env.one_of(
    "CLINRAG_MODEL_FALLBACK", "extractive", choices=("extractive", "none")
)
CLINRAG_GROUNDING_POLICY = env.one_of(
    "CLINRAG_GROUNDING_POLICY", "drop", choices=("drop", "flag", "refuse")
)
CLINRAG_IDENTIFIER_POLICY = env.one_of(
    "CLINRAG_IDENTIFIER_POLICY", "mask", choices=("mask", "refuse")
)
CLINRAG_WEBHOOK_HOSTS = env.words("CLINRAG_WEBHOOK_HOSTS")
