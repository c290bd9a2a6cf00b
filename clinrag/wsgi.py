"""The web server's way in (WSGI), for deployments without streaming."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")
os.environ.setdefault("CLINRAG_PROCESS", "web")

application = get_wsgi_application()
