"""A form that is sent twice makes one thing.

Promises: what a page's form made once is not made again by the same form with the same
words, by a second click, by going back or by a browser that repeats itself: the id of
the first is given again. The twin waits for the first, and both are one transaction.
Will not: hold a form that was opened anew for the same one.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from audit.actors import Actor
from clinrag.access.idempotency import bind, claim

FIELD: Final = "once"  # as the tag `once` writes it into a form
OF_THE_SESSION: Final = "csrfmiddlewaretoken"


@transaction.atomic
def make_once(
    request: HttpRequest,
    make: Callable[[], UUID],
    *,
    by: Actor,
    at: datetime,
    part: str = "",
) -> UUID:
    """The id of what was made, now or before; raises what making it raises.

    `part` tells apart what one form makes several of.
    """
    sent = request.POST.get(FIELD, "")
    if not sent:
        return make()
    digest = _digest(request, part)
    claimed = claim(f"form {digest}", actor_id=by.id, body=digest.encode(), at=at)
    if not claimed.first:
        return claimed.answer_id
    made = make()
    bind(claimed, made)
    return made


def _digest(request: HttpRequest, part: str) -> str:
    words = {
        name: values
        for name, values in sorted(request.POST.lists())
        if name != OF_THE_SESSION
    }
    told = json.dumps([request.path, words, part])
    return hashlib.sha256(told.encode()).hexdigest()
