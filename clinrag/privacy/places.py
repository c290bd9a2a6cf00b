"""Where people live, and where they were seen.

Promises: pure. Streets of six languages by their word and number, postcodes, and what
stands behind the name of a field or behind "lives at". A hospital is an identifier only
in a text that names a patient: guidelines are named after hospitals too.
"""

from typing import Final

from clinrag.privacy.ruling import LOWER, UPPER, Rule, either, rule
from clinrag.privacy.types import IdentifierKind

_STREET: Final = either(
    (
        "Street", "St", "Avenue", "Ave", "Road", "Rd", "Lane", "Ln", "Drive", "Dr",
        "Boulevard", "Blvd", "Way", "Court", "Ct", "Place", "Pl", "Close", "Crescent",
        "Terrace", "Square", "Sq", "Gardens", "Grove", "Parkway", "Pkwy", "Circle",
        "Highway", "Hwy", "Trail", "Row", "Mews",
    )
)  # fmt: skip
_STATE: Final = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]"
    r"|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
)
_WORD: Final = rf"(?:St\.[ ])?[{UPPER}][\w'’-]*"
_LINKS: Final = r"(?:(?:de|del|des?|la|las|los|el|y|e|da|do|dos)[ ])*"
_TOWN: Final = (
    rf"{_WORD}(?:[ ](?:(?:de|del|la|las|los|do|da|am|an|der|upon)[ ])*{_WORD}){{0,3}}"
)
_ROOM: Final = r"(?:Apt|Flat|Suite|Unit|Apartment|\#)\.?[ ]*(?:no\.?[ ]*)?\w{1,5}"
_FLOOR: Final = (
    r"(?:,?[ ](?:-[ ])?(?:n[º°o]\.?[ ]?)?\d{1,4}[ ]?[A-Z]?(?![\w])"
    r"|,?[ ]s/n|,?[ ](?:bajo|piso|esc\.?|puerta|[ºª]?\d[ºª])[ ]?[A-Z]?)"
)
_VIA: Final = either(
    (
        "Calle", r"Avda\.?", "Avenida", r"Av\.?", "Plaza", r"Pza\.?", "Paseo",
        r"P[º°]", r"Ctra\.?", "Carretera", "Camino", "Ronda", r"R[úu]a", "Traves[íi]a",
        "Travessa", "Largo", "Pra[çc]a", "Alameda", "Estrada", "Glorieta", "Passeig",
        "Carrer", "Urb\\.?", "Urbanizaci[óo]n",
    )
)  # fmt: skip
_FIELD: Final = either(
    (
        "address", "home address", "postal address", "domicilio", "direcci[óo]n",
        "adresse", "anschrift", "morada", "endere[çc]o", "indirizzo", "wohnhaft in",
        r"localidad ?/ ?provincia", "localidad", "provincia", "municipio", "ciudad",
        "poblaci[óo]n", "city", "town", "post ?code", "postal code", "zip(?: code)?",
        "cp",
        r"c\.p\.", "plz", "ort", "c[óo]digo postal", "code postal", "ville",
        r"pa[íi]s(?: de nacimiento)?", "country of birth", "place of birth",
        "lugar de nacimiento", "lieu de naissance", "geburtsort", "naturalidade",
    )
)  # fmt: skip
_CARE_HOUSE: Final = (
    r"(?:Hospital|Medical\s+Cent(?:er|re)|Health\s+Cent(?:er|re)|Clinic|Infirmary"
    r"|Family\s+(?:Medicine|Practice)|Medical\s+(?:Group|Practice)|Surgery|Hospice)"
)
_CASA: Final = (
    r"(?:Hospital|Hospices?|Complejo\s+Hospitalario|Complexo\s+Hospitalario"
    r"|Centro\s+de\s+Salud|Instituto|Fundaci[óo]n|Klinikum|Krankenhaus|Klinik"
    r"|Centre\s+hospitalier|CHU|H[ôo]pital|Clinique|Centro\s+Hospitalar)"
)

PLACE_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "address_field",
        IdentifierKind.ADDRESS,
        rf"(?<![\w/])(?:(?i:(?:home\s+|postal\s+)?address)|(?=[{UPPER}])"
        rf"(?i:{_FIELD}))\s*:[ ]*"
        r"(?P<id>[^\s.;:][^\n;:]{1,78}?)(?=\s*(?:[.;](?:\s|$)|\n|$|[\w ]{3,20}:))",
    ),
    rule(
        "address_told",
        IdentifierKind.ADDRESS,
        r"\b(?i:(?:(?:home|new|postal|secondary|my|the)\s+address(?:es)?\b"
        r"[^.:?\n]{0,25}?\b(?:is|are|to)|lives?\s+(?:at|in)"
        r"|living\s+at|resid(?:es|ing)\s+at|moved\s+to|domiciliad[oa]\s+en|habite\s+au"
        r"|wohnt\s+in|mora\s+na)(?!\w))\s*:?[ ]*(?:the\s+corner\s+of\s+)?"
        r"(?P<id>(?=[^.?!\n]{0,40}\d)[A-Z\d][^.?!;\n]{4,110}?)(?=[.?!;\n]|$|,?\s+"
        r"(?:and|who|has|with|on)\s)",
    ),
    rule(
        "address_street",
        IdentifierKind.ADDRESS,
        rf"(?<![\w.])(?P<id>\d{{1,5}}[A-Za-z]?(?:[ ]\d{{1,4}})?\s+(?:[NSEW]\.?\s+)?"
        rf"(?:[A-Z][\w'’.-]+\s+){{1,3}}{_STREET}\b\.?(?:,?\s*{_ROOM})*"
        rf"(?:,?\s+{_TOWN},?\s+(?:{_STATE}\s+)?\d{{5}}(?:-\d{{4}})?)?)",
    ),
    rule(
        "address_room",
        IdentifierKind.ADDRESS,
        rf"\b(?P<id>(?:Apt|Flat|Suite)\.?[ ]\d{{1,5}}[A-Z]?(?:,[ ]{_TOWN})?"
        r"|(?i:p\.?\s?o\.?\s+box|postbox|apartado(?:\s+de\s+correos)?|postfach|bo"
        r"[îi]te\s+postale)"
        r"\s+\d{1,6})\b",
    ),
    rule(
        "address_rue",
        IdentifierKind.ADDRESS,
        r"(?P<id>\b\d{1,4}\s*(?:bis|ter)?,?\s+(?:rue|avenue|boulevard|impasse|chemin"
        r"|all[ée]e|quai|place)\s+(?:(?:de|du|des|la|le|les|l['’])\s*)*[A-ZÀ-Þ]"
        r"[\wÀ-ÿ'’-]*"
        rf"(?:,?\s+\d{{5}}\s+{_TOWN})?)",
    ),
    rule(
        "address_calle",
        IdentifierKind.ADDRESS,
        rf"(?P<id>(?<!\w)(?:{_VIA}[ ]+|C/\.?[ ]*){_LINKS}[{UPPER}][\w.'’ª-]*"
        rf"(?:[ ]{_LINKS}[{UPPER}\d][\w.'’ª-]*){{0,5}},?{_FLOOR}(?:{_FLOOR})*"
        rf"(?:[.,]?[ ]*-?[ ]*\d{{5}}[ ]+{_TOWN})?)",
    ),
    rule(
        "address_strasse",
        IdentifierKind.ADDRESS,
        rf"(?P<id>\b[{UPPER}][{LOWER}-]+(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse)"
        rf"\s+\d{{1,4}}[a-z]?(?:,?\s+\d{{5}}\s+{_TOWN})?)",
    ),
    rule(
        "postcode_uk",
        IdentifierKind.ADDRESS,
        # The inward code never holds C I K M O V: "B12 5MG" is a vitamin.
        r"\b(?P<id>(?:[A-PR-UWYZ]\d{1,2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}"
        r"|[A-PR-UWYZ]\d[A-HJKSTUW]|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY])"
        r"\s\d[ABD-HJLNP-UW-Z]{2})\b",
    ),
    rule(
        "zip_with_state",
        IdentifierKind.ADDRESS,
        rf"\b(?P<id>(?:[A-Z][a-z]+,?\s+)?{_STATE}\s+\d{{5}}(?:-\d{{4}})?)(?!\d)",
    ),
    rule(
        "care_house_visited",
        IdentifierKind.ORGANISATION,
        r"(?i:\b(?:admitted|referred|transferred|treated|seen|operated|reviewed)"
        rf"\s+(?:at|to|by|in|from)\s+(?:the\s+)?)(?P<id>{_WORD}(?:\s+{_WORD}){{0,3}}?"
        rf"\s+{_CARE_HOUSE})\b",
    ),
)

# Only in a text in which something else names a patient.
RECORD_PLACE_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "care_house_in_record",
        IdentifierKind.ORGANISATION,
        rf"(?P<id>\b{_WORD}(?:[ ]{_WORD}){{0,3}}?[ ]{_CARE_HOUSE})\b",
    ),
    rule(
        "casa_in_record",
        IdentifierKind.ORGANISATION,
        rf"(?P<id>\b{_CASA}(?!\s+de\s+D[íi]a)(?:[ ]{_LINKS}{_WORD}){{1,6}})",
    ),
    rule(
        "town_in_record",
        IdentifierKind.ADDRESS,
        rf"(?<![\d.,/-])(?P<id>\d{{5}}[ ]+(?=[{UPPER}][{LOWER}]){_TOWN})(?![\w%/])",
    ),
    rule(
        "country_in_record",
        IdentifierKind.ADDRESS,
        r"(?P<id>\b(?:Espa[ñn]a|Portugal|France|Deutschland|Brasil|M[ée]xico"
        r"|Argentina)\b)",
    ),
)
