"""The Celery application; its settings stand in `settings.py` under `CELERY_`.

What it promises: a task of a killed worker is given to another. Tasks are
therefore written to be safe to run twice.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinrag.settings")

app = Celery("clinrag")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audit", "ingestion", "clinrag.access", "clinrag.answering"])
