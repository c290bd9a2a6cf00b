"""A page that is a picture goes through real workers, from upload to its reviewer."""

import io
import time

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ingestion import queries, tasks
from ingestion.models import WorkPart
from ingestion.parsers import ocr
from tests.integration.ingestion_lifecycle.running import kill_group, until
from tests.integration.ingestion_lifecycle.test_worker_processes import send

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keys"]),
    pytest.mark.skipif(
        not ocr.is_available(), reason="the extra `ocr` is not installed"
    ),
    pytest.mark.timeout(600),
]
A4_AT_150_DPI = (1240, 1754)
PAPER, INK = 244, 40
TURNED = 0.4  # degrees: nobody lays paper down straight
PAGES = (
    ("Follow-up of adults", "Check the potassium after two weeks."),
    ("Stopping", "Stop the medicine when the potassium is above six."),
)


def picture_of(lines: tuple[str, ...]) -> Image.Image:
    """The lines as a scanner sees them: grey, a little crooked, a little soft."""
    page = Image.new("L", A4_AT_150_DPI, PAPER)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=36)
    for place, line in enumerate(lines):
        pen.text((130, 160 + 90 * place), line, fill=INK, font=font)
    turned = page.rotate(TURNED, resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
    return turned.filter(ImageFilter.GaussianBlur(0.6))


def scanned() -> bytes:
    first, *rest = map(picture_of, PAGES)
    file = io.BytesIO()
    first.save(file, "PDF", resolution=150, save_all=True, append_images=rest)
    return file.getvalue()


@pytest.mark.long
def test_scan_is_read_by_workers_though_one_is_killed_and_is_marked_as_read_so(
    receive, worker
):
    version_id = receive(scanned(), "scan.pdf").id
    parts = WorkPart.objects.filter(version=version_id, stage="ocr")
    first = worker()
    send(version_id)
    until(parts.filter(state="leased").exists, seconds=240)
    kill_group(first)
    worker()

    until(lambda: _looked(version_id), seconds=300)

    found = queries.version(version_id)
    assert (found.status, found.language_differs) == ("in_review", False)
    assert {one.code for one in found.warnings} == {"page_read_by_ocr"}
    assert sorted(one.page for one in found.warnings) == [1, 2]
    assert parts.get().state == "done"
    passages = queries.passages_of(version_id)
    text = " ".join(one.text for one in passages)
    for sentence in ("potassium after two weeks", "potassium is above six"):
        assert sentence in text
    assert all(0.5 < one.ocr_confidence <= 1 for one in passages)
    assert passages[0].page_from == 1
    assert passages[-1].page_to == 2


def _looked(version_id) -> bool:
    tasks.resume_stalled_versions.apply_async(expires=1)  # as beat does
    time.sleep(0.9)
    return queries.version(version_id).status in {"in_review", "failed"}
