"""What recalls work with, put together from the settings.

Promises: the one place in recalls that reads settings.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from audit.sealing import key_wrapper
from clinrag.answering.recalls.deliveries import Postman
from clinrag.answering.recalls.outbound import Rules, send, trusted


def outbound_rules() -> Rules:
    """Where this deployment lets messages go."""
    return Rules(trusted_hosts=trusted(settings.CLINRAG_WEBHOOK_HOSTS))


def build_postman(now: Callable[[], datetime]) -> Postman:
    """Raises DeploymentKeyMissing."""
    return Postman(send, key_wrapper(), outbound_rules(), now)
