"""The web server's way in (ASGI).

Django spools a whole body to disk before any view sees it; what is longer than
an upload may be is refused in front of it, by its announced length. Nor does a
view have a time-out, hence the one around `/readyz`.
"""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from clinrag.api.bodies import ENVELOPE_BYTES, BodyLimit
from clinrag.api.readiness import ReadyInTime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")
os.environ.setdefault("CLINRAG_PROCESS", "web")

# Redis has five seconds to answer; probes of an orchestrator rarely wait for ten.
READY_WITHIN_SECONDS = 6.0

application = ReadyInTime(
    BodyLimit(get_asgi_application(), limit=settings.MAX_UPLOAD_BYTES + ENVELOPE_BYTES),
    seconds=READY_WITHIN_SECONDS,
)
