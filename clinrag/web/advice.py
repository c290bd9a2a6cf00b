"""What a person can do about a file that could not be processed."""

from django.utils.translation import gettext_lazy as _

from clinrag.web.labels import Words

ADVICE: dict[str, Words] = {
    "file_empty": _("Check the file where it came from and upload it again."),
    "file_too_large": _(
        "Split the document; or ask the operator to raise the limit, upload the same"
        " file again and process this edition again."
    ),
    "file_encrypted": _("Save a copy without a password and upload that."),
    "file_corrupt": _("Open the file, save it anew and upload the copy."),
    "no_text": _(
        "This looks like a scan. Run text recognition, then upload the result."
    ),
    "unsupported_type": _(
        "Save it as PDF with text, DOCX, ODT, HTML, Markdown or text."
    ),
    "suffix_mismatch": _("Rename the file to what it is, then upload it again."),
    "tracked_changes_unsettled": _(
        "Have its author accept or reject the tracked changes, and upload the result;"
        " or have the collection read them as settled, and process it again."
    ),
    "archive_bomb": _(
        "Do not open the file elsewhere; get it again from its publisher."
    ),
    "parse_timeout": _("Try again at a quieter time, or split the document."),
    "parse_memory": _("Split the document, or leave out its largest pictures."),
    "embedding_failed": _(
        "Tell the operator, then process it again: the file is fine."
    ),
    "embedder_unknown": _(
        "Tell the operator, then process it again: the file is fine."
    ),
    "content_not_found": _(
        "Upload the same file to this document again, then process this edition again."
    ),
    "content_damaged": _(
        "Upload the same file to this document again, then process this edition again."
    ),
    "cancelled": _("Process it again when you like: it goes on from where it was."),
    "processing_failed": _(
        "Process it again. If it fails once more, tell the operator."
    ),
    "processing_gave_up": _(
        "Tell the operator, who finds the reason in the workers' logs and memory."
    ),
}
# What else is wrong with the file itself stays wrong.
WORTH_REPEATING = frozenset(
    {
        "cancelled",
        "content_damaged",
        "content_not_found",
        "embedder_unknown",
        "embedding_failed",
        "file_too_large",  # the operator may have raised the limit
        "parse_memory",
        "parse_timeout",
        "processing_failed",
        "processing_gave_up",
        "tracked_changes_unsettled",  # the collection's rules may be others now
    }
)
OTHERWISE = _("Upload another copy of the file, or tell the operator.")


def advice_for(code: str) -> Words:
    """The sentence for a failure's code."""
    return ADVICE.get(code, OTHERWISE)
