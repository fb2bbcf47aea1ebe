"""What a sentence states outright, wherever in the card it stands: "a fine-tuned version of X on the Y dataset".

Only statements count, not hints: "a German tagger" implies a language and states none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunecard.auditing.emptiness import plain_text
from tunecard.auditing.language_tables import foreign_claims
from tunecard.auditing.scores import is_score_told
from tunecard.hub.licences import licences_in

_LONGEST = 2000
_NAME = r"(?:the |our )?([\w./-]*[A-Z0-9/-][\w./-]*\w)"
_ID = r"(?:the |our )?([\w.-]+/[\w.-]*\w|\w+(?:[.-]\w+)+)"
_MACHINE = (
    r"(?:(?:an?|one|two|four|eight|single|the|\d+)\b\s*x?\s*)*(?:nvidia|tesla|geforce|google|cloud|[ahvltp]\d{1,3}\b"
    r"|rtx|[tgc]pus?\b|colab|machine|laptop|cluster)"
)
_FAMILY = r"((?:[\w.-]{1,40}/)?[\w.-]{0,40}(?i:bert|electra|xlm|xlnet|mpnet|minilm|beto)(?:[\w.-]{0,40}\w)?)"
_SOME = r"(?i:(?:(?:an?|the|our|pre-?trained|fine-?tuned|version of) ){0,4})"
_WHICH = r"(?i:(?: (?:that|which) (?:was|is|has been))?)"
_NO_DATA = rf"(?!(?:an? )?unknown|the (?:none|unknown)\b|top\b|it\b|{_MACHINE})"
_CLAUSE = r"(?:(?!\.\s)[^\n]){0,200}?"
_MAKING = r"(?:developed|trained|created|built|made|fine-?tuned)"

_BASE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i:fine-?tun(?:ed|e)) (?:version of|from|on top of) {_NAME}",
        rf"(?i:quanti[sz]ed version of) {_NAME}",
        rf"(?i:\b(?:adapter|lora|weights)\b)[^\n.]{{0,80}}? for {_ID}",
        rf"(?i:\bus(?:es|ing)) {_NAME} as the (?:\w+ ){{0,3}}(?:encoder|model|backbone|base|body)\b",
        rf"(?i:\b(?:based|built) on) {_ID}",
        rf"\b(?i:(?:based|built) on) {_SOME}{_FAMILY}",
        rf"(?:^|\b(?i:an?|base|the|of)) {_FAMILY}\)?(?: model)?,?{_WHICH} (?i:fine-?tuned)",
        rf"^{_FAMILY} (?i:fine-?tuned)",
        rf"(?:^|\n)\W*(?i:encoder|backbone)\W+{_FAMILY}",
        rf"(?i:\b(?:start(?:ed|ing)?|initiali[sz]ed|trained|tuned) from) {_ID}",
    )
)
_DATA = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!not )(?<!never )\b(?:trained|tuned)\b{_CLAUSE} on {_NO_DATA}"
        r"((?:\S+ ){0,5}?\S*(?:datasets?|corpus|corpora|tasks?)\b|(?:\S+ ){0,5}\S+)",
        r"\bfine-?tunes? \S+ on (?:the )?((?:\S+ ){0,4}?(?:datasets?|corpus|corpora|data)\b)",
        rf"\btrained\b{_CLAUSE} using (?:the )?(\S+) (?:recipe|corpus|dataset|data)\b",
    )
)
_DEVELOPERS = re.compile(
    rf"(?:\b(?:model|adapter|encoder|tagger|checkpoint|it|this)\b(?: was| is| has been)|(?:^|[.!?] ))\W*{_MAKING}"
    r" (?:by|at) (?!\w+ing\b)((?:\S+ ){0,5}\S+)",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"\b(?:licen[sc]ed|released|distributed|available|published) under (?:the |an? )?([^\n.]{2,60}(?:\.\d)?)",
    re.IGNORECASE,
)
_HARDWARE = re.compile(
    r"\b((?:\d+|(?i:one|two|four|eight|an?|single))\s*x?\s*(?:(?:NVIDIA|Tesla|GeForce|Google|Cloud)\s+)*"
    r"(?:[AHVLTP]\d{1,4}s?|RTX[ -]?\w+|TPUs?(?: v\d\S*)?|GPUs?))\b"
)
_HOURS = re.compile(
    r"(?:^|[.!?;:,] |\b(?:took|for|in|about|within) )((?:\d[\d.,]*|one|two|three|four|five|six|ten|twelve)"
    r" ?(?:h|hours?|minutes?|days?|weeks?))\b(?! of (?!training))",
    re.IGNORECASE,
)
_SETTINGS = re.compile(r"(?:learning rate|batch size)(?: of)? \d|\b\d+ epochs\b", re.IGNORECASE)
_DEMO = re.compile(r"\[[^\]\n]{0,60}\bdemo\b[^\]\n]{0,60}\]\(\s?(?:https?:)", re.IGNORECASE)
_REPOSITORY = re.compile(r"\[\W*(?:github|code|source code|repository)\W*\]\(\s?https?:", re.IGNORECASE)

# Statements that hold wherever they stand.
_NOT_FOR = re.compile(
    r"((?:\bdo not use (?:it|this|the model|(?:its |the )?(?:outputs?|predictions?))\b"
    r"|(?:^|[.;] |\b(?:is|are) )not (?:designed|intended|suitable|meant) (?:to|for)\b"
    r"|\b(?:must|should) not be used\b|\bne pas utiliser ce modèle\b|\bno (?:usar|utilizar) este modelo\b"
    r"|\bnão (?:usar|utilizar) este modelo\b|\bdarf nicht\b[^.\n]{0,60}\bverwendet\b)[^.\n]{5,200})",
    re.IGNORECASE,
)
_CREATED = re.compile(r"^(?:[>\s]*)(?i:created|made|developed|trained) (?i:by) ([A-Z@][^\n]{1,80})")
_CONTACT = re.compile(r"\b(contact (?:me|us)\b[^\n]{0,60}?(?:\bmail|\btwitter|@|https?://)[^\n]{0,60})", re.IGNORECASE)
_TRAINED_ON_CHIP = re.compile(
    r"\b(?i:trained on) (?:an? |the )?((?:Apple M\d|NVIDIA |Tesla |GeForce |RTX ?\d|Google Colab)[^.,;\n]{0,40})"
)
_CODE_AT = re.compile(
    r"\[(?:(?:this|the|our|project|code|github|full) ){0,3}(?:repository|repo)\]\(\s?https?://(?:github|gitlab)\."
    r"|(?:^|\n)\W{0,6}code(?: and data)?\W{1,6}\[?[^\s\[\]]{0,80}\]?\(?https?://(?:github|gitlab)\.",
    re.IGNORECASE,
)
_PAPER_AT = re.compile(r"\b(?:our|the)\b \[(?:\w+ )?paper\]\(\s?https?:", re.IGNORECASE)
_COUNT = r"(?<![.\d])(?:\d{1,3}(?:[,. ]\d{3})+|\d{2,})(?![\d%]|\s%|\.\d)"
_ROWS = r"(?:set|split|data|corpus|rows|samples|examples|sentences|texts|reviews|textes)"
_HELD = r"(?:test|held-out|evaluation|validation|unseen|untouched)"
_TESTED = re.compile(
    rf"(\b{_HELD}\b[^.\n|]{{0,40}}?\b{_ROWS}\b[^\n|]{{0,60}}?{_COUNT}[^\n|]{{0,60}}"
    rf"|{_COUNT}[ -](?:[\w-]+ ){{0,3}}{_HELD}\b[^.\n|]{{0,40}}?\b{_ROWS}\b"
    r"|held-out \d{1,2}\s?% of [^.\n|)]{3,40}"
    rf"|{_COUNT} {_ROWS} jamais vus)",
    re.IGNORECASE,
)
_INTENDED = re.compile(r"\b(intended (?:for|to)\b[^.\n]{5,200})", re.IGNORECASE)
_OF_BASE = re.compile(
    rf"(?:^|[.!?] )(?i:this|it|(?:this|the|our) (?:model|adapter)) (?i:is|was) (?i:based|built) on {_SOME}{_FAMILY}"
)
_PREPARED = re.compile(
    r"\b(pre-?processing (?:steps? )?(?:included?|includes|consists? of|consisted of|involved)\b[^.\n]{3,200}"
    r"|(?:was|were) (?:pre-?processed|lower-?cased|de-?duplicated|cleaned|normali[sz]ed)\b[^.\n]{0,200})",
    re.IGNORECASE,
)
_ARCHITECTURE = re.compile(
    r"(\d[\d.,]{0,12}\s?(?:[kmb]|million|billion)?\b (?:parameters|layers)\b[^.\n]{0,120}"
    r"\b(?:architecture|attention heads)\b)",
    re.IGNORECASE,
)
_EVALUATED_ON = re.compile(
    r"\b(?i:evaluated|tested)\b(?: \w+){0,2} (?i:on) (?!(?i:(?:an? )?unknown|the (?:none|unknown))\b)"
    r"((?:[\w-]{1,30} ){0,4}?[\w./-]{0,40}[A-Z\d/][\w./-]{0,40}(?: [\w-]{1,30}){0,3}?"
    r" (?i:benchmark|datasets?|corpus|corpora|tasks?|split|set))\b"
)
_FURTHER = re.compile(r"\b(?:for|as a base for) (further fine-?tuning\b[^.\n]{0,120})", re.IGNORECASE)

INTRODUCTION = frozenset({"model_summary", "model_description"})
TRAINING = frozenset({"training_regime", "speeds_sizes_times", "hours_used"})


def claims_of(text: str, variables: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The fields that a passage answers besides its own, each with the words that do.

    Args:
        text: a passage of prose, as Markdown.
        variables: the fields of its place; most sentences are read in introductions and in words on training only.

    >>> list(claims_of("A fine-tuned version of [a/b](https://x) on the imdb dataset.", INTRODUCTION))
    [('base_model', 'a/b'), ('training_data', 'the imdb dataset')]
    """
    plain = plain_text(text[:_LONGEST])
    yield from _anywhere(text[:_LONGEST], plain)
    if "results" in variables:
        yield from _first("testing_data", (_TESTED,), plain)
    if variables & (INTRODUCTION | {"results"}):
        yield from _first("testing_data", (_EVALUATED_ON,), plain)
    if variables & (INTRODUCTION | TRAINING | {"training_data"}):
        yield from _first("preprocessing", (_PREPARED,), plain)
    if not variables & (INTRODUCTION | TRAINING | {"direct_use"}):
        return
    yield from _first("base_model", _BASE, plain)
    yield from _first("model_specs", (_ARCHITECTURE,), plain)
    yield from _first("training_data", _DATA, plain)
    yield from _first("developers", (_DEVELOPERS,), plain)
    machines = list(_first("hardware_type", (_HARDWARE,), plain))
    yield from machines
    if machines or variables & TRAINING:
        yield from _first("hours_used", (_HOURS,), plain)
    if variables & INTRODUCTION:
        yield from _of_introduction(text[:_LONGEST], plain)


def _anywhere(text: str, plain: str) -> Iterator[tuple[str, str]]:
    """What holds in whatever section it stands."""
    yield from foreign_claims(plain)
    yield from _first("out_of_scope_use", (_NOT_FOR,), plain)
    yield from _first("base_model", (_OF_BASE,), plain)
    yield from _first("developers", (_CREATED,), plain)
    yield from _first("model_card_contact", (_CONTACT,), plain)
    yield from _first("hardware_type", (_TRAINED_ON_CHIP,), plain)
    if _CODE_AT.search(text):
        yield "repo", plain
    if _PAPER_AT.search(text):
        yield "paper", plain


def _of_introduction(text: str, plain: str) -> Iterator[tuple[str, str]]:
    licence = _LICENCE.search(plain)
    if licence and licences_in(licence.group(1)):
        yield "license", licence.group(1)
    yield from _first("direct_use", (_INTENDED,), plain)
    yield from _first("downstream_use", (_FURTHER,), plain)
    if _SETTINGS.search(plain):
        yield "training_regime", plain
    if _DEMO.search(text):
        yield "demo", plain
    if _REPOSITORY.search(text):
        yield "repo", plain
    if is_score_told(plain):
        yield "results", plain


def _first(variable: str, patterns: tuple[re.Pattern[str], ...], plain: str) -> Iterator[tuple[str, str]]:
    found = next((match for match in (pattern.search(plain) for pattern in patterns) if match), None)
    if found:
        yield variable, found.group(1)
