"""The file an edition was read from, and where its passages stand on its pages."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinrag.web.errors import unavailable
from clinrag.web.people import READERS, page, person_of
from clinrag.web.sources import source_response
from clinrag.web.visibility import version_or_404
from ingestion.actions.services import content_store
from ingestion.errors import ContentDamaged, ContentNotFound
from ingestion.queries.page_places import passages_on_page
from ingestion.queries.places import Place


@require_safe
@page(*READERS)
def source_file(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The file as it came in, to keep or for the viewer."""
    version = version_or_404(version_id, person=person_of(request), at=timezone.now())
    try:
        data = content_store().get(version.content_sha256)
    except ContentNotFound as error:
        raise Http404 from error
    except ContentDamaged as error:
        return unavailable(request, explanation=str(error))
    return source_response(version, data)


@require_safe
@page(*READERS)
def page_places(request: HttpRequest, version_id: UUID, number: int) -> HttpResponse:
    """The passages of one page of the file, with their boxes in points.

    Left, bottom, right, top, from the bottom left corner, as PDF counts them
    (ISO 32000-2, 8.3.2.3); a passage whose place was not measured has no boxes.
    """
    version = version_or_404(version_id, person=person_of(request), at=timezone.now())
    passages = [
        {"position": one.position, "boxes": [_corners(box) for box in one.boxes]}
        for one in passages_on_page(version.id, page=number)
    ]
    return JsonResponse({"page": number, "passages": passages})


def _corners(box: Place) -> list[float]:
    return [box.left, box.bottom, box.right, box.top]
