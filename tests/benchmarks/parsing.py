"""Reading PDF: processor seconds for 1,000 pages, beside PDFium alone in the same run.

The reading process is counted whole, its start and its answer included; cutting into
passages is counted too, with words for tokens, so that no embedder is in it. The first
document is one of this repository's guidelines ten times over (its program wrote every
letter as an object of its own, which is the dear case); name a longer one in
`BENCH_PDF`.
"""

import io
import os
import resource
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pypdfium2

from ingestion.chunking import ChunkingParameters, chunk
from ingestion.parsers import ParseLimits, parse

SUMMARY = Path(
    "clinrag/local/guidelines/cdc-opioid-files/summary-2022/v01_2022-11-02.pdf"
)
TIMES = 10
ROUNDS = 5
BAR = 12.0


def main() -> None:
    measure("the summary, ten times over", _repeated(SUMMARY.read_bytes()))
    if named := os.environ.get("BENCH_PDF"):
        measure(Path(named).name, Path(named).read_bytes())


def measure(title: str, data: bytes) -> None:
    """Print what each contender takes, in turns, as medians of the rounds."""
    pages = len(pypdfium2.PdfDocument(data))
    contenders: dict[str, Callable[[bytes], None]] = {
        "PDFium alone, in this process": _pdfium_alone,
        "parse in a process of its own, and chunk": _parse_and_chunk,
    }
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            began = _processor_seconds()
            run(data)
            taken[name].append((_processor_seconds() - began) / pages * 1000)
    print(f"\nParsing: {title}, {pages} pages (bar: {BAR:.0f} CPU-s per 1,000)")
    limit = median(next(iter(taken.values())))
    for name, found in taken.items():
        typical = median(found)
        print(
            f"  {name:<44} {typical:6.2f} CPU-s per 1,000 pages"
            f"  {typical / limit:5.2f} x  ({min(found):.2f} to {max(found):.2f})"
        )


def _processor_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _pdfium_alone(data: bytes) -> None:
    document = pypdfium2.PdfDocument(data)
    for page in document:
        page.get_textpage().get_text_bounded()
    document.close()


def _parse_and_chunk(data: bytes) -> None:
    parsed = parse(data, media_type="application/pdf", limits=ParseLimits())
    chunk(
        parsed,
        parameters=ChunkingParameters(),
        count_tokens=lambda text: len(text.split()),
    )


def _repeated(data: bytes) -> bytes:
    whole = pypdfium2.PdfDocument.new()
    for _ in range(TIMES):
        whole.import_pages(pypdfium2.PdfDocument(data))
    written = io.BytesIO()
    whole.save(written)
    return written.getvalue()


if __name__ == "__main__":
    main()
