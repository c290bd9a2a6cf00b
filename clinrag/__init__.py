"""ClinRAG: from a clinical question to a cited, recorded answer.

The Celery application is loaded with the package so that every process that
queues work knows where to.
"""

from clinrag.celery import app as celery_app

__all__ = ["celery_app"]
