"""Names of people, by what stands round them.

Promises: pure. A name is known by a title, a field, a salutation or signature, an age
behind it, a profession's letters behind it, or by a common given name in front of a
surname. The surname of an eponym has none of these, and where it has one (Marcus Gunn
pupil) the word behind it tells.
"""

import unicodedata
from typing import Final

from clinrag.privacy.dates import BORN
from clinrag.privacy.ruling import LOWER, UPPER, Rule, either, rule
from clinrag.privacy.types import IdentifierKind
from clinrag.privacy.words import (
    EPONYM_HEADS,
    GIVEN_NAMES,
    LONE_NAMES,
    NOT_A_NAME,
    NOT_A_PERSON,
)

_CAP: Final = (
    rf"[{UPPER}](?:[{LOWER}]+|['’][{UPPER}][{LOWER}]+|\.)(?:[-'’][{UPPER}][{LOWER}]+)?"
)
_PARTICLE: Final = (
    r"(?:Mc|Mac|O['’]|(?:De|de|la|van|von|der|den|bin|al|el|dos|da|do|del|di|ter|le)\s"
    r"|al-)"
)
SURNAME: Final = rf"(?:{_PARTICLE}{{0,2}}{_CAP})"
_INITIAL: Final = rf"(?:[{UPPER}]\.?[ ])"
NAME: Final = rf"{SURNAME}(?:[ ]{_INITIAL}?{SURNAME}){{0,3}}"
_TWO: Final = rf"{SURNAME}[ ]{_INITIAL}?{SURNAME}"
_SHOUT: Final = rf"[{UPPER}][{UPPER}'’-]+"
_LISTED: Final = rf"(?:{SURNAME}|{_SHOUT}),[ ](?:{_CAP}|{_SHOUT})(?:[ ][{UPPER}]\.)?"
_TITLE: Final = (
    r"(?:Mr|MR|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Dame|Nurse|Sister|Mme|Mlle"
    r"|Madame|Monsieur|Mademoiselle|M|Sr|Sra|Srta|Se[ñn]ora?|Don|Do[ñn]a|Herrn?"
    r"|Frau|Dott|Dra|Senhora?|Prof\.\s?Dr)"
)
_PERSON: Final = (
    r"(?:patient|pt\.?|man|woman|boy|girl|gentleman|lady|mother|mum|mom|father|dad|son"
    r"|daughter|wife|husband|brother|sister|child|baby|grandmother|grandfather|client"
    r"|resident|neighbour|friend|colleague|patiente|paciente)"
)
_PATIENT_FIELD: Final = either(
    (
        "patient name", r"pt\.? name", "full name", "first name", "last name",
        "surname",
        "forename", "given name", "family name", "maiden name", "patient", "nombre",
        "apellidos?", "nom", "pr[ée]nom", "nachname", "vorname", "patientin",
        "nome d[oa] utente", "apelido", "sobrenome", "cognome",
    )
)  # fmt: skip
# Guidelines have these too.
_FIELD: Final = either(
    (
        "name", "next of kin", "carer", "contact", "consultant", "clinician",
        "physician", "doctor", "surgeon", r"g\.?p\.?", "attn", "referred by",
        "seen by", "reviewed by", "signed by", "dictated by", "author", "m[ée]dico",
        "nome",
    )
)  # fmt: skip
_LETTERS: Final = (
    r"(?:M\.?D|D\.O|Ph\.?D|R\.?N|N\.P|P\.?A-C|MBBS|MBChB|FRCP\w*|MRCP\w*|FRCS\w*|FACP"
    r"|FACC|MRCGP|DDS|PharmD|LCSW|MSW)\b"
)
_YEARS: Final = (
    r"(?:(?:years?|yrs?)(?:[ -]old|[ ]of[ ]age)|y/?o|ans|a[ñn]os|anos|Jahre|anni)\b"
)
_SPANISH: Final = (
    r"(?!(?:Servicio|Departamento|Unidad|Secci[óo]n|Hospital|Complejo|Centro|Edificio"
    r"|Residente|M[ée]dico|Instituto|Jefe|C/|Calle|Avda|Av|E-mail|Email|Correo)\b)"
    r"[A-ZÁÉÍÓÚÑ](?:[a-záéíóúñü]+|[A-ZÁÉÍÓÚÑÜ]+)"
)
_PARTICLES: Final = r"(?:(?:de|del|la|las|los|y|DE|DEL|LA|LAS|LOS|Y)\s)*"
_SPANISH_NAME: Final = rf"{_SPANISH}(?:[ -]{_PARTICLES}{_SPANISH})"
_DOES: Final = (
    r"(?:is|was|has|had|said|says|asked|asks|told|tells|came|takes|took|lives|spent"
    r"|shouted|wants|needs|reports|denies|feels|be|get|take|have|stop|start)\b"
)
NOT_EPONYM: Final = rf"(?!['’]s?\s+{EPONYM_HEADS}|\s+{EPONYM_HEADS})"


def words_of(text: str) -> list[str]:
    """The words of a name without what holds them together."""
    return [word.strip(".,'’") for word in text.replace("-", " ").split()]


def may_be_name(text: str) -> bool:
    """No word of it is a month, a measure or another that names nobody."""
    return not any(word.lower() in NOT_A_NAME for word in words_of(text))


def may_be_person(text: str) -> bool:
    """Nor does it start with a pronoun, a part of speech or "patient"."""
    return may_be_name(text) and words_of(text)[0].lower() not in NOT_A_PERSON


def folded(word: str) -> str:
    """Lower case and without marks, as lists of names have it."""
    plain = word.translate(_STROKES)
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(char for char in parts if not unicodedata.combining(char)).lower()


_STROKES: Final = str.maketrans("øØłŁđĐ", "oOlLdD")


def _starts_with_given_name(text: str) -> bool:
    first = folded(words_of(text)[0])
    return first in GIVEN_NAMES | LONE_NAMES and may_be_name(text)


def _is_given_name(text: str) -> bool:
    return folded(text) in LONE_NAMES


_NAME_KIND: Final = IdentifierKind.NAME
NAME_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "spanish_clinician",
        _NAME_KIND,
        r"\b(?:Médico|Remitido por|Emitido por|Firmado por|Responsable clínico)\s*:\s*"
        rf"(?:(?:Dra?|DRA?)[.:]?\s+)?(?P<id>{_SPANISH_NAME}{{1,4}})",
    ),
    rule(
        "spanish_titled",
        _NAME_KIND,
        rf"\b(?:Dra|DRA|Dr|DR)[.:]\s*(?P<id>{_SPANISH_NAME}{{0,4}})",
        may_be_name,
    ),
    rule(
        "name_after_title",
        _NAME_KIND,
        rf"(?<![\w.])(?<!\d[ ]){_TITLE}\.?[ ]+(?P<id>{_INITIAL}?{NAME})",
        may_be_person,
    ),
    rule(
        "name_after_title_in_small",
        _NAME_KIND,
        r"\b(?:mrs\.?|(?:mr|ms|dr)\.)[ ](?P<id>[a-z]{3,}(?:[ ][a-z]{3,})?)(?="
        r"['’]s|[.,?!]|$)",
        may_be_person,
    ),
    rule(
        "name_of_person",
        _NAME_KIND,
        rf"\b(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir|[Tt]he)\s+{_PERSON},?\s+(?:is\s+)?"
        rf"(?P<id>{NAME})(?![{LOWER}]){NOT_EPONYM}",
        may_be_person,
    ),
    rule(
        "name_of_pt",
        _NAME_KIND,
        rf"\b[Pp]t\.?,?\s+(?P<id>{NAME})(?=,|\s+(?:is|has|was|with|on|who|\(?\d)\b)",
        may_be_person,
    ),
    rule(
        "name_listed",
        _NAME_KIND,
        rf"\b(?:Patient|PATIENT|RE|Re|Pt\s+name|Name)\s*:[ ]*(?P<id>{_LISTED})",
        may_be_name,
    ),
    rule(
        "name_before_birth",
        _NAME_KIND,
        rf"(?P<id>{_TWO})(?:,[ ]|[ ]\()?(?={BORN}(?!\w))",
        may_be_name,
    ),
    rule(
        "name_given",
        _NAME_KIND,
        rf"\b{_PERSON}\s+(?:is\s+)?(?:named|called|by\s+the\s+name\s+of)\s+"
        rf"(?P<id>{NAME})",
        may_be_name,
    ),
    rule(
        "name_field",
        _NAME_KIND,
        rf"(?i:(?<![\w]){_PATIENT_FIELD})\s*[:=][ ]*(?:{_TITLE}\.?[ ]+)?"
        rf"(?P<id>{_INITIAL}?{NAME}(?:,\s*{_CAP})?)",
        may_be_person,
    ),
    rule(
        "name_in_field",
        _NAME_KIND,
        rf"(?i:(?<![\w]){_FIELD})\s*[:=][ ]*(?:{_TITLE}\.?[ ]+)?"
        rf"(?P<id>{_INITIAL}?{NAME}(?:,\s*{_CAP})?)",
        may_be_person,
    ),
    rule(
        "name_told",
        _NAME_KIND,
        r"\b(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir|[Yy]our)\s+(?:(?:full|first|last)"
        r"\s+)?name\b"
        rf"(?:\s+is|['’]s|\s*\?)\s+(?P<id>{NAME})",
        may_be_person,
    ),
    rule(
        "name_of_speaker",
        _NAME_KIND,
        rf"\b(?:I['’]m|I\s+am|[Tt]his\s+is|[Mm]e\s+llamo|[Jj]e\s+m['’]appelle|"
        rf"[Ii]ch\s+hei(?:ß|ss)e"
        rf"|[Mm]e\s+chamo|[Mm]i\s+chiamo)\s+(?P<id>{_TWO})",
        may_be_person,
    ),
    rule(
        "name_greeted",
        _NAME_KIND,
        r"(?:^|\n|[.!?]\s)(?:Dear|Hi|Hello|Thanks|Thank\s+you|Cher|Ch[èe]re"
        r"|Estimad[oa]|Querid[oa]"
        rf"|Liebe[r]?|Sehr\s+geehrte[r]?|Car[oa]),?[ ](?P<id>{NAME})(?=\s*[,.!:\n]|$)",
        may_be_person,
    ),
    rule(
        "name_signed",
        _NAME_KIND,
        r"\b(?i:(?:yours?|sincerely|faithfully|(?:(?:kind|best|warm)(?:est)?"
        r"\s+)?regards"
        r"|many\s+thanks|atentamente|saludos|cordialement|mit\s+freundlichen\s+gr"
        r"(?:ü|ue)(?:ß|ss)en"
        rf"|atenciosamente)),?\s*\n\s*(?P<id>{_INITIAL}?{NAME})(?=\s*(?:\n|,|$))",
        may_be_person,
    ),
    rule(
        "name_with_letters",
        _NAME_KIND,
        rf"(?P<id>{_TWO})(?=,?[ ]{_LETTERS})",
        may_be_name,
    ),
    rule(
        "name_with_age",
        _NAME_KIND,
        rf"(?P<id>{_TWO}),?\s+(?:is\s+|was\s+)?(?:an?\s+)?(?:very\s+\w+\s+)?"
        rf"(?:\d{{1,3}}|\(\d{{1,3}}\))[ -]?{_YEARS}",
        may_be_person,
    ),
    rule(
        "name_one_with_age",
        _NAME_KIND,
        rf"(?P<id>{SURNAME})(?:,|\s+is(?:\s+an?)?|\s+was(?:\s+an?)?)\s+(?:very\s+"
        rf"\w+\s+)?\d{{1,3}}[ -]?{_YEARS}",
        may_be_person,
    ),
    rule(
        "name_common",
        _NAME_KIND,
        rf"(?<![\w.'’-])(?P<id>{_CAP}\s+{_INITIAL}?{SURNAME}(?:[ ]{SURNAME})?)"
        rf"(?![{LOWER}]){NOT_EPONYM}",
        _starts_with_given_name,
    ),
    rule(
        "name_lone",
        _NAME_KIND,
        rf"(?<=[{LOWER}][ ])(?<!\bof[ ])(?<!\bin[ ])(?<!from[ ])(?<!near[ ])"
        rf"(?P<id>[{UPPER}][{LOWER}]{{3,}})(?=['’]s\s|[.?!:]|,?\s+{_DOES}|,?"
        rf"\s+and\s|,\s+[a-z]|$)"
        rf"{NOT_EPONYM}",
        _is_given_name,
    ),
    rule(
        "name_acts",
        _NAME_KIND,
        rf"(?:^|[.!?>\n]\s?)(?P<id>[{UPPER}][{LOWER}]{{3,}})(?=\s+{_DOES}|['’]s\s)"
        rf"{NOT_EPONYM}",
        _is_given_name,
    ),
)
