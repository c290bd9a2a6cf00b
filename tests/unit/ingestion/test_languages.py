from pathlib import Path

import pytest

from ingestion.languages import language_of

EDITIONS = Path(__file__).parents[2] / "data" / "editions"
SENTENCES = {
    "de": "Der Patient sollte nicht mit dem Mittel behandelt werden, wenn die Niere krank ist.",
    "es": "El paciente no debe tomar la dosis más alta de los fármacos por la noche.",
    "pt": "O paciente não deve tomar a dose mais alta dos remédios e da insulina.",
}  # fmt: skip


@pytest.mark.parametrize(("folder", "language"), [("fr-covid", "fr"), ("nhs*", "en")])
def test_language_of_real_editions_is_known(folder, language):
    for path in EDITIONS.glob(f"{folder}/*/v*.md"):
        assert language_of(path.read_text("utf-8")) == language


@pytest.mark.parametrize("language", SENTENCES)
def test_language_is_known_by_its_small_words(language):
    assert language_of(f"{SENTENCES[language]} " * 5) == language


@pytest.mark.parametrize(
    "text",
    ["The dose is 5 mg.", "ABC 123 " * 100, "Пациенту нельзя давать это. " * 50, ""],
)
def test_nothing_is_said_when_the_language_is_not_clear(text):
    assert language_of(text) is None
