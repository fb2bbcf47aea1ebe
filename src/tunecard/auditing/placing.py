"""Which passage fills which field of the template.

A passage fills the field whose heading or label it stands under; an unknown heading belongs to the nearest known one
above it. What the Hub shows of the metadata is asked afterwards (`shown_metadata.py`), where the text is silent.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from tunecard.auditing.boilerplate import METADATA_NOTES
from tunecard.auditing.card_passages import Passage, heading_key, passages_of
from tunecard.auditing.claims import INTRODUCTION, claims_of
from tunecard.auditing.emptiness import is_nothing, meaning, plain_text, title_meaning
from tunecard.auditing.lead_ins import is_bare_label, label, label_lines, lead_in
from tunecard.auditing.places import answer_in, field_of_label, fields_of_bold, fields_of_heading, is_section
from tunecard.auditing.scores import is_score_table
from tunecard.hub.fields import BY_VARIABLE

_RESULTS_FOLLOW = re.compile(r"achieves? the following (?:results|performance|scores|metrics)", re.IGNORECASE)
_CELL = re.compile(r"(?<!\\)\|")
_VERSION_LINE = re.compile(r"^\W*peft\W+[\w.+-]+\s*$", re.IGNORECASE)
_BIBTEX = re.compile(r"^\s*@\w+\s*\{", re.MULTILINE)
_HUB_ID = re.compile(r"`?[\w.-]+/[\w.-]+`?")
_DATA_LANGUAGES = ("yaml", "json", "toml", "text", "txt", "bibtex")
_SHOWS_USE = frozenset({"model_summary", "model_description", "direct_use", "downstream_use"})
_FEWEST_KNOWN = 3
_ANY_SECTION = ""
_EVALUATED = ("Evaluation",)
# What words in bold say of these holds in whatever section they stand.
_ANYWHERE = frozenset(
    {"base_model", "language", "license", "out_of_scope_use", "bias_risks_limitations", "bias_recommendations"}
)
_NO_ATTRIBUTES = (("model_summary",), ("repo",))


@dataclass(frozen=True)
class Piece:
    """One passage in the place of a field, as Markdown; it may still be a placeholder."""

    text: str
    is_code: bool = False


Texts = dict[str, list[Piece]]


@dataclass(frozen=True)
class _Place:
    """The fields of the headings a passage stands under, and the heading that decided it."""

    heading: str
    variables: tuple[str, ...]

    @property
    def section(self) -> str:
        return BY_VARIABLE[self.variables[0]].section if self.variables else _ANY_SECTION


def texts_of(body: str) -> Texts:
    """Reads the Markdown below the front matter into texts for the fields.

    Returns: what stands in the place of each field, in the order of the card; a field without a place is absent.

    >>> texts_of("## Uses\\n\\n### Direct Use\\n\\nTagging abstracts.")["direct_use"]
    [Piece(text='Tagging abstracts.', is_code=False)]
    """
    passages, headings = passages_of(body)
    opens = bool(headings) and (not passages or bool(passages[0].headings))
    placing = _Placing(_title_of(headings, opens=opens))
    for passage in passages:
        placing.place(passage)
    placing.take_claims()
    return dict(placing.texts)


def has_known_headings(body: str) -> bool:
    """Whether the card's headings are mostly those of the templates, in whatever language its text is."""
    keys = [heading_key(text) for _, text in passages_of(body)[1]]
    known = sum(bool(fields_of_heading(key, ())) for key in keys)
    return known >= _FEWEST_KNOWN and 2 * known >= len(keys)


def _title_of(headings: tuple[tuple[int, str], ...], *, opens: bool) -> str:
    """The first heading of level one that is no section; without one, any other heading that opens the card."""
    headings = tuple(found for found in headings if not heading_key(found[1]).startswith(METADATA_NOTES))
    tops = [text for level, text in headings if level == 1]
    if tops and headings[0][0] == 1:
        return tops[0] if len(tops) == 1 or not is_section(heading_key(tops[0])) else ""
    names = [text for text in tops if not is_section(heading_key(text))]
    if names:
        return names[0]
    text = headings[0][1] if headings and opens else ""
    return text if text and not fields_of_heading(heading_key(text), ()) else ""


class _Placing:
    """Takes the passages in order; remembers an open label and whether the introduction has come to results."""

    def __init__(self, title: str) -> None:
        self.texts: defaultdict[str, list[Piece]] = defaultdict(list)
        self.claims: dict[str, str] = {}
        self.title = title
        self.open_label: tuple[tuple[tuple[int, str], ...], str] | None = None
        self.results_follow = False
        self.places: dict[tuple[tuple[int, str], ...], _Place] = {}
        if title:
            self._put("model_id", title)
            self.claims.update(claims_of(title, INTRODUCTION))

    def place(self, passage: Passage) -> None:
        """Files one passage under its fields."""
        place = self._place_of(passage)
        if passage.kind == "code":
            self._code(passage, place)
        elif passage.kind == "table":
            self._table(passage, place)
        elif passage.kind == "item":
            self._item(passage, place)
        else:
            for line in label_lines(passage.text):
                self._line(passage, place, line)
        if passage.kind in ("paragraph", "item"):
            for variable, words in claims_of(_flat(passage), frozenset(place.variables)):
                self.claims.setdefault(variable, words)

    def take_claims(self) -> None:
        """Sentences elsewhere answer the fields in whose own place nothing is said."""
        for variable, words in self.claims.items():
            if not any(meaning(piece.text, is_code=piece.is_code) for piece in self.texts.get(variable, ())):
                self._put(variable, words)

    def _place_of(self, passage: Passage) -> _Place:
        """The place of the headings above this passage; passages under the same headings share it."""
        path = passage.headings
        if path and self.title and path[0][1] == self.title:
            path = path[1:]
        if path and all(_HUB_ID.fullmatch(text) for _, text in path):
            self._put_once("model_id", path[0][1])
            path = ()
        if not path:
            return _Place("", ("results",) if self.results_follow else ("model_summary",))
        if path not in self.places:
            self.places[path] = place = _place_below([heading_key(text) for _, text in path])
            if "results" in place.variables:
                self.claims = dict(claims_of(path[-1][1], frozenset({"results"}))) | self.claims
        return self.places[path]

    def _code(self, passage: Passage, place: _Place) -> None:
        open_label = self._label_still_open(passage)
        if open_label:
            self._put(open_label, passage.text, is_code=True)
        elif _BIBTEX.match(passage.text):
            self._put("citation_bibtex", passage.text, is_code=True)
        elif not place.variables or _SHOWS_USE.issuperset(place.variables):
            if passage.language not in _DATA_LANGUAGES:
                self._put("get_started_code", passage.text, is_code=True)  # code shows how, not what for
        else:
            self._claim(place, passage.text, is_code=True)

    def _table(self, passage: Passage, place: _Place) -> None:
        rows = [_cells(line) for line in passage.text.strip().split("\n")]
        rows = [rows[0], *rows[2:]]
        labelled = {id(row): self._known_label(row[0], place) for row in rows if len(row) == 2}
        if not any(labelled.get(id(row)) for row in rows[1:]):
            labelled.pop(id(rows[0]), None)  # the head of a table of something else, such as "Model | F1"
        for row in rows:
            variable = labelled.get(id(row))
            if variable:
                self._put(variable, row[1])
        rest = [row for row in rows[1:] if not labelled.get(id(row))]
        if any(not is_nothing(meaning(cell)) for row in rest for cell in row[1:] or row):
            is_result = place.variables in (("model_summary",), ()) and is_score_table(passage.text.strip().split("\n"))
            self._claim(_Place(place.heading, ("results",)) if is_result else place, passage.text)

    def _item(self, passage: Passage, place: _Place) -> None:
        nested = []
        for child in passage.children:
            variable, _ = self._labelled(child.text, place)
            if variable:
                self._item(child, place)
            else:
                nested.append(_flat(child))
        self._line(passage, place, "\n".join([passage.text, *nested]))

    def _line(self, passage: Passage, place: _Place, text: str) -> None:
        """A paragraph or an item: the value of a label, the value of an open label, or text of its heading."""
        if place.variables == ("model_summary",) and _RESULTS_FOLLOW.search(text):
            text = self._split_results(text)
        variable, value = self._labelled(text, place)
        if variable:
            is_open = passage.kind == "paragraph" and not value.strip()
            self.open_label = (passage.headings, variable) if is_open else None
            self._put(variable, value)
        elif open_label := self._label_still_open(passage):
            self._put(open_label, text)
        elif not is_bare_label(text) and not (place.variables in _NO_ATTRIBUTES and _is_attribute(passage)):
            self._claim(place, text)

    def _split_results(self, text: str) -> str:
        """Trainer runs its summary into "It achieves the following results": what comes after is results."""
        self.results_follow = True
        lines = text.split("\n")
        return "\n".join(line for line in lines if not _RESULTS_FOLLOW.search(line))

    def _label_still_open(self, passage: Passage) -> str | None:
        if self.open_label and self.open_label[0] == passage.headings:
            return self.open_label[1]
        self.open_label = None
        return None

    def _labelled(self, text: str, place: _Place) -> tuple[str | None, str]:
        """The field of the label that the text begins with, and what stands behind it."""
        first, _, more = text.partition("\n")
        found = lead_in(first)
        if not found:
            return None, text
        variable = self._known_label(found.words, place, is_bold=found.is_bold)
        return variable, f"{found.rest}\n{more}".strip() if more else found.rest

    def _known_label(self, words: str, place: _Place, *, is_bold: bool = False) -> str | None:
        """A label counts in its own section, in Model Details, in the introduction and under unknown headings."""
        key = heading_key(words)
        outer = (place.heading,) if place.section in _EVALUATED else ()
        variable = next(iter(fields_of_bold(key, outer)), None) if is_bold else field_of_label(key)
        if variable is None or (is_bold and variable in _ANYWHERE):
            return variable
        own = BY_VARIABLE[variable].section
        kin = {own, "Training Details"} if own == "Environmental Impact" else {own}
        return variable if place.section in {_ANY_SECTION, "Model Details"} | kin else None

    def _claim(self, place: _Place, text: str, *, is_code: bool = False) -> None:
        if place.variables == ("software",) and _VERSION_LINE.match(plain_text(text)):
            return  # PEFT stamps its own version on every card; the model's software it does not name
        shared = len(place.variables) > 1
        for variable in place.variables:
            answer = answer_in(place.heading, variable, text, shared=shared)
            if answer:
                self._put(variable, answer, is_code=is_code)

    def _put_once(self, variable: str, text: str) -> None:
        if not any(title_meaning(piece.text) for piece in self.texts[variable]):
            self.texts[variable] = [Piece(text)]

    def _put(self, variable: str, text: str, *, is_code: bool = False) -> None:
        self.texts[variable].append(Piece(text, is_code))


def _place_below(keys: list[str]) -> _Place:
    """The place that the innermost heading known to the templates decides."""
    for depth in range(len(keys), 0, -1):
        variables = fields_of_heading(keys[depth - 1], tuple(keys[: depth - 1]))
        if variables:
            return _Place(keys[depth - 1], variables)
    return _Place(keys[-1], ())


def _is_attribute(passage: Passage) -> bool:
    """Whether this is an attribute such as `Model ID: 7`: it says something, but no summary and no address."""
    match = label(passage.text)
    return match is not None and (passage.kind == "item" or len(match.group(5).split()) == 1)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line.strip().removeprefix("|").removesuffix("|"))]


def _flat(passage: Passage) -> str:
    return "\n".join([passage.text, *(_flat(child) for child in passage.children)])
