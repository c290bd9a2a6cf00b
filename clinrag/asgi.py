"""The web server's way in (ASGI).

Django spools a whole body to disk before any view sees it; what is longer than its
caller may send is refused in front of it, by its announced length. Nor does a
view have a time-out, hence the one around `/readyz`.
"""

import os

import django
from django.conf import settings
from django.utils.module_loading import import_string

from clinrag.api.awaiting import AwaitingHandler
from clinrag.api.bodies import ENVELOPE_BYTES, BodyLimit, Bounds
from clinrag.api.lifespan import OrderlyEnd
from clinrag.api.readiness import ReadyInTime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")
os.environ.setdefault("CLINRAG_PROCESS", "web")

# Redis has five seconds to answer; probes of an orchestrator rarely wait for ten.
READY_WITHIN_SECONDS = 6.0

# Where answering may take as long as a model does.
ASKING = frozenset({"/api/v1/answers", "/v1/chat/completions"})
# A question that is not even taken in after this long is better asked elsewhere.
TURN_WITHIN_SECONDS = 30.0

django.setup(set_prefix=False)
_application = ReadyInTime(
    BodyLimit(
        AwaitingHandler(
            paths=ASKING,
            at_once=settings.CLINRAG_ASKING_THREADS,
            seconds=TURN_WITHIN_SECONDS,
            refuse=import_string("clinrag.api.busy.too_many_asked"),
        ),
        bounds=Bounds(
            ordinary=settings.MAX_UPLOAD_BYTES + ENVELOPE_BYTES,
            ceiling=settings.MAX_BODY_BYTES + ENVELOPE_BYTES,
            seconds=settings.MAX_BODY_SECONDS,
        ),
        # Knows models, which can be imported only after `setup`.
        admits=import_string("clinrag.api.admission.may_send_a_file"),
    ),
    seconds=READY_WITHIN_SECONDS,
)
application = OrderlyEnd(
    _application, finish=import_string("clinrag.api.under_way.end")
)
