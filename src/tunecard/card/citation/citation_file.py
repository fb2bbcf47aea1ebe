"""A CITATION.cff (Citation File Format 1.2) as a work to cite. Its text is foreign: parsed safely, never trusted.

Source: https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema-guide.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tunecard.card.citation.cited_work import Author, Kind, Work
from tunecard.errors import RecipeError
from tunecard.untrusted.bounded_yaml import load_yaml

KINDS: dict[str, Kind] = {
    "article": "article",
    "conference-paper": "inproceedings",
    "book": "book",
    "report": "techreport",
    "thesis": "phdthesis",
}
FORMS = {"dataset": "Data set", "software": "Computer software"}
LONGEST = 500_000


def read_citation_file(text: str, place: str) -> Work:
    """The work that the file wants cited: its `preferred-citation` where it has one, else what it describes.

    Raises: RecipeError: it is not YAML, or has no title or no named author; all faults at once.
    """
    content = _parse(text, place)
    preferred = content.get("preferred-citation")
    cited = preferred if isinstance(preferred, Mapping) else content
    title, authors = _text(cited, "title"), _authors(cited.get("authors"))
    faults = [] if title else [f"title must be text. Got {_shown(cited.get('title'))}."]
    if not authors:
        expected = "a list in which each has family-names, given-names, name or alias"
        faults.append(f"authors must be {expected}. Got {_shown(cited.get('authors'))}.")
    if faults:
        raise RecipeError(faults, place=place)
    return _work(cited, title, authors, "" if cited is preferred else str(content.get("type", "software")))


def _parse(text: str, place: str) -> Mapping[str, Any]:
    if len(text) > LONGEST:
        raise RecipeError(f"must be a citation of at most {LONGEST:,} characters. Got {len(text):,}.", place=place)
    try:
        content = load_yaml(text, most_aliases=0)
    except yaml.YAMLError as error:
        raise RecipeError(f"is not YAML: {' '.join(str(error).split())[:200]}", place=place) from error
    if not isinstance(content, Mapping):
        raise RecipeError(f"must be a mapping with title and authors. Got {_shown(content)}.", place=place)
    return content


def _work(cited: Mapping[str, Any], title: str, authors: Sequence[Author], described: str) -> Work:
    return Work(
        title=title,
        authors=authors,
        year=_year(cited),
        kind=KINDS.get(_text(cited, "type"), "misc") if not described else "misc",
        container=_text(cited, "journal") or _text(cited, "collection-title") or _name_in(cited, "conference"),
        volume=_text(cited, "volume"),
        number=_text(cited, "issue"),
        pages=_pages(cited),
        publisher=_name_in(cited, "publisher") or _name_in(cited, "institution"),
        version=_text(cited, "version"),
        form=FORMS.get(described, ""),
        doi=_text(cited, "doi") or _identifier(cited),
        url=_text(cited, "url") or _text(cited, "repository-code") or _text(cited, "repository"),
    )


def _authors(listed: Any) -> list[Author]:
    people = [person for person in listed if isinstance(person, Mapping)] if isinstance(listed, list) else []
    return [author for author in map(_author, people) if author is not None]


def _author(person: Mapping[str, Any]) -> Author | None:
    family = " ".join(part for part in (_text(person, "name-particle"), _text(person, "family-names")) if part)
    given = " ".join(part for part in (_text(person, "given-names"), _text(person, "name-suffix")) if part)
    name = _text(person, "name") or family or given or _text(person, "alias")
    return Author(family, given) if family and given else Author(name) if name else None


def _year(cited: Mapping[str, Any]) -> str:
    released = _text(cited, "date-released") or _text(cited, "date-published")
    return _text(cited, "year") or released[:4]


def _pages(cited: Mapping[str, Any]) -> str:
    first, last = _text(cited, "start"), _text(cited, "end")
    return f"{first}-{last}" if first and last else first or last


def _identifier(cited: Mapping[str, Any]) -> str:
    listed = cited.get("identifiers")
    known = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return next((_text(one, "value") for one in known if one.get("type") == "doi"), "")


def _name_in(cited: Mapping[str, Any], key: str) -> str:
    entity = cited.get(key)
    return _text(entity, "name") if isinstance(entity, Mapping) else ""


def _text(record: Mapping[str, Any], key: str) -> str:
    """A scalar as text (YAML reads years as numbers and days as dates), anything else as nothing."""
    value = record.get(key)
    is_scalar = value is not None and not isinstance(value, bool | Mapping | list)
    return " ".join(str(value).split()) if is_scalar else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
