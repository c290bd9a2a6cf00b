"""Ingestion: pages a second, with the embedder and without.

A page is one of the PDF. The limit for parsing is PDFium alone on the same bytes;
for embedding, the embedder alone on the same passages.
"""

from pathlib import Path

from tests.benchmarks.harness import interleave, report, running_stack

PDF = Path("clinrag/local/guidelines/cdc-opioid-files/summary-2022/v01_2022-11-02.pdf")
ROUNDS = 5


def main() -> None:
    with running_stack():
        measure()


def measure() -> None:
    import pypdfium2

    from ingestion.chunking import ChunkingParameters, chunk
    from ingestion.embedding import get_embedder
    from ingestion.parsers import ParseLimits, parse

    data = PDF.read_bytes()
    embedder = get_embedder()
    parameters = ChunkingParameters()

    def pdfium_alone() -> None:
        document = pypdfium2.PdfDocument(data)
        for page in document:
            page.get_textpage().get_text_bounded()
        document.close()

    def parse_and_chunk():
        parsed = parse(data, media_type="application/pdf", limits=ParseLimits())
        return chunk(parsed, parameters=parameters, count_tokens=embedder.count_tokens)

    passages = [one.text for one in parse_and_chunk().chunks]

    def with_embedding() -> None:
        embedder.embed_passages([one.text for one in parse_and_chunk().chunks])

    pages = len(pypdfium2.PdfDocument(data))
    measured = interleave(
        {
            "PDFium alone, in this process": pdfium_alone,
            "parse in its own process, and chunk": parse_and_chunk,
            "the embedder alone": lambda: embedder.embed_passages(passages),
            "parse, chunk, embed": with_embedding,
        },
        rounds=ROUNDS,
    )
    title = f"Ingestion, {pages} pages of PDF, {len(passages)} passages"
    report(title, measured, unit="pages", per_round=pages)
