"""Words that tell a person's name from a medical term.

Promises: lower-case sets. `GIVEN_NAMES` are common given names that are no
eponym's first half: they name somebody with a surname behind them. `LONE_NAMES`, out
of `data/given_names.txt`, name somebody by themselves. `NOT_A_NAME` are capitalised
words that follow a cue without naming anybody ("Dr Foster Scale", "my patient Health
Questionnaire"), `NOT_A_PERSON` words that a sentence starts with.
"""

from pathlib import Path
from typing import Final

_LISTED: Final = Path(__file__).parent / "data" / "given_names.txt"
LONE_NAMES: Final = frozenset(_LISTED.read_text("utf-8").split())

_GIVEN_NAMES = """
aaron abdul abigail adam adrian ahmed aisha alan alejandro alexander alice alison
amanda amelia amir amy ana andrea andrew angela anna anne anthony antonio arthur
ashley barbara beatrice benjamin bernard betty beth brandon brenda brian bruce camille
carla carlos carmen carol caroline catherine charlotte cheryl christina christine
christopher claire claudia colin craig cynthia daniel danielle david deborah debra
denise dennis diana diane dominic donald donna dorothy douglas edith edward eleanor
elena elizabeth ella ellen emily emma eric erica ethan eugene evelyn fatima fernando
fiona florence frances francisco frank gareth gary george gloria gregory hannah harold
harry heather helen henry hugh ian ibrahim imran isabella jack jacob jacqueline jamal
james jane janet janice jason javier jeffrey jennifer jeremy jerry jessica joan joanna
jonathan jorge jose joseph joshua juan judith julia julie justin karen katherine
kathleen keith kenneth kevin kimberly larry laura lauren lawrence leila linda lisa
lucia lucy luis luke lynn manuel margaret maria marilyn mark martha martin mary
matthew megan melissa michael michelle miguel mohamed mohammed monica muhammad nancy
natalie nathan nicholas nicola nicole nigel noah olga oliver olivia omar oscar pamela
patricia patrick paul pedro peter philip pierre priya rachel rajesh ralph raymond
rebecca ricardo richard robert roger ronald rosa roy russell ruth ryan samantha samuel
sandra sara sarah scott sean sharon shirley sofia sonia sophia sophie stephanie
stephen steven stuart susan suzanne tanya teresa theresa timothy tracy trevor valerie
vanessa veronica victor victoria vincent virginia walter wayne wendy wei yasmin yusuf
zoe john thomas william charles amadou
"""
GIVEN_NAMES = frozenset(_GIVEN_NAMES.split())

_NOT_A_NAME = """
disease syndrome disorder sign signs test tests score scores scale criteria
classification index method manoeuvre maneuver questionnaire health care medical
medicine hospital clinic guideline guidelines recommendation recommendations ambulance
catheter splint procedure operation fracture palsy tumour tumor cyst anaemia anemia
virus fever lymphoma sarcoma syndrome's university institute school foundation college
association society trust royal national international act version edition report
trial study studies protocol algorithm rule rules equation formula insulin vitamin
tablets capsule capsules injection solution diabetes hypertension asthma cancer covid
chronic acute type stage grade class group who nhs nice cdc fda ema wort day week
month monday tuesday wednesday thursday friday saturday sunday january february april
june july august september october november december english spanish french british
american european african asian activation measure outcome outcomes safety information
leaflet group's
"""
NOT_A_NAME = frozenset(_NOT_A_NAME.split())

_NOT_A_PERSON = """
he she it they we you i this that these those there who what which when where why how
the a an my your his her their our one no not and or but if as at by for from in into
of on to with without he's she's patient patients pt man woman boy girl child children
infant baby mother father mr mrs ms dr doctor nurse paciente patiente varón mujer
lactante niño niña el la los las un una le les une der die das ein eine o os um uma
editor colleague colleagues both experts about regularly visits ask love
adults adult people person male female everyone anyone someone none unknown
"""
NOT_A_PERSON = frozenset(_NOT_A_PERSON.split())

# What stands behind an eponym.
EPONYM_HEADS: Final = (
    r"(?:disease|syndrome|sign|test|score|scale|criteria|pupil|murmur|palsy|fracture"
    r"|tumou?r|lymphoma|sarcoma|an(?:a)?emia|reflex|ulcer|nodes?|phenomenon|procedure"
    r"|operation|man(?:o)?euvre|maneuver|method|index|classification|virus|bodies|body"
    r"|sequence|anomaly|malformation|disorder|dystrophy|neuropathy|ataxia|chorea"
    r"|contracture|thyroiditis|encephalopathy|formula|equation|catheter|tube|splint"
    r"|strain|protocol|regimen|stain|triad|ring|loop|patch|deformity|esophagus"
    r"|oesophagus|cells?|gene|type|hospital|clinic|university|foundation|institute"
    r"|college|trial|study|guidelines?|et\s+al)(?!\w)"
)
