"""The web server's way in (ASGI).

Django spools a whole body to disk before any view sees it; what is longer than
an upload may be is refused in front of it, by its announced length.
"""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from clinrag.api.bodies import ENVELOPE_BYTES, BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")

application = BodyLimit(
    get_asgi_application(), limit=settings.MAX_UPLOAD_BYTES + ENVELOPE_BYTES
)
