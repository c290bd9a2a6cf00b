"""Which templates were ever used, as rows that never change.

Promises: a template's row is written with the first answer that used it, and the
same name and version always means the same bytes. Does not render.
"""

from clinrag.answering.errors import TemplateChanged
from clinrag.answering.models import PromptTemplate
from clinrag.answering.prompts import Template, all_templates, newest_template

__all__ = [
    "newest_template",
    "store_all_templates",
    "store_template",
]


def store_template(template: Template) -> None:
    """Keeps a template; raises TemplateChanged if its version had other bytes."""
    row, _ = PromptTemplate.objects.get_or_create(
        name=template.name,
        version=template.version,
        defaults={"sha256": template.sha256, "text": template.text},
    )
    if row.sha256 != template.sha256:
        raise TemplateChanged


def store_all_templates() -> None:
    """Keeps every template that is on disk."""
    for template in all_templates():
        store_template(template)
