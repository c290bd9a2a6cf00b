"""What a person can do about a file that could not be processed."""

from django.utils.translation import gettext_lazy as _

from clinrag.web.labels import Words

ADVICE: dict[str, Words] = {
    "file_empty": _("Check the file where it came from and upload it again."),
    "file_too_large": _("Split the document, or ask the operator to raise the limit."),
    "file_encrypted": _("Save a copy without a password and upload that."),
    "file_corrupt": _("Open the file, save it anew and upload the copy."),
    "no_text": _(
        "This looks like a scan. Run text recognition, then upload the result."
    ),
    "unsupported_type": _("Save it as PDF with text, DOCX, HTML, Markdown or text."),
    "suffix_mismatch": _("Rename the file to what it is, then upload it again."),
    "archive_bomb": _(
        "Do not open the file elsewhere; get it again from its publisher."
    ),
    "parse_timeout": _("Try again at a quieter time, or split the document."),
    "parse_memory": _("Split the document, or leave out its largest pictures."),
    "embedding_failed": _(
        "Tell the operator, then process it again: the file is fine."
    ),
    "content_missing": _("Tell the operator: the store of files needs care."),
    "processing_failed": _(
        "Process it again. If it fails once more, tell the operator."
    ),
}
# What is wrong with the file itself stays wrong.
WORTH_REPEATING = frozenset(
    {
        "content_missing",
        "embedding_failed",
        "parse_memory",
        "parse_timeout",
        "processing_failed",
    }
)
OTHERWISE = _("Upload another copy of the file, or tell the operator.")


def advice_for(code: str) -> Words:
    """The sentence for a failure's code."""
    return ADVICE.get(code, OTHERWISE)
