"""Which full-text configuration serves which language."""

from typing import Final

CONFIGURATIONS: Final = {
    "de": "clinrag_german",
    "en": "clinrag_english",
    "es": "clinrag_spanish",
    "fr": "clinrag_french",
    "pt": "clinrag_portuguese",
}
FALLBACK: Final = "clinrag_simple"


def text_search_config(language: str) -> str:
    """Return the regconfig's name for a language tag such as "en" or "pt-BR"."""
    return CONFIGURATIONS.get(language.split("-", maxsplit=1)[0].lower(), FALLBACK)
