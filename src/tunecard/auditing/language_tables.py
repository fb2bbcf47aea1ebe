"""Headings, labels and sentences in other languages than English, by tables that whoever speaks one can extend.

A table is a file in `languages/`; its README says how one is written.
"""
# ruff: noqa: RUF001 (full-width marks are what these languages write)

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from tunecard.auditing.card_passages import heading_key

FOLDER = Path(__file__).with_name("languages")
_ANSWER = "…"
_SPACED = re.compile(r"[a-z0-9]")
_VALUE = r"([^\n,，;；。.!?]{2,80}?)"
_LAST_VALUE = r"([^\n,，;；。!?]{2,80}?)(?=[,，;；。!?\n]|\.(?:\s|$)|$)"
_LONGEST_HEADING = 60


@dataclass(frozen=True)
class LanguageTable:
    """One language: the words of headings and labels as keys, its sentences as patterns.

    `whole` are the fields of a heading word for word; `inside` what a longer heading may contain, in order.
    """

    code: str
    name: str
    common: frozenset[str]
    whole: dict[str, tuple[str, ...]]
    inside: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
    sentences: tuple[tuple[re.Pattern[str], str], ...]
    nothing: frozenset[str]


@cache
def tables() -> tuple[LanguageTable, ...]:
    """Every table, in the order of their codes."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.yaml")))


@lru_cache(maxsize=4000)
def fields_of_foreign_heading(key: str) -> tuple[str, ...]:
    """The fields of a heading in one of the languages; none for a heading that no table knows.

    Args:
        key: the heading as `heading_key` makes it.

    >>> fields_of_foreign_heading(heading_key("Bekannte Einschränkungen"))
    ('bias_risks_limitations',)
    """
    if not key or len(key) > _LONGEST_HEADING:
        return ()
    whole = next((table.whole[key] for table in tables() if key in table.whole), ())
    return whole or next((fields for table in tables() for pattern, fields in table.inside if pattern.search(key)), ())


@lru_cache(maxsize=4000)
def field_of_foreign_label(key: str) -> str | None:
    """The field of a label in one of the languages, word for word, or None."""
    return next((table.whole[key][0] for table in tables() if key in table.whole), None)


def foreign_claims(plain: str) -> Iterator[tuple[str, str]]:
    """The fields that sentences in one of the languages answer outright, each with the words that do."""
    for table in tables():
        for pattern, field in table.sentences:
            found = pattern.search(plain)
            if found:
                yield field, found.group(1).strip()


@cache
def foreign_nothing() -> frozenset[str]:
    """What people write in these languages where they say nothing, as keys."""
    return frozenset().union(*(table.nothing for table in tables()))


def _read(path: Path) -> LanguageTable:
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # every scalar a text: `no` is a word
    whole: dict[str, tuple[str, ...]] = {}
    fields: dict[str, tuple[str, ...]] = {}
    for field, phrases in content["fields"].items():
        for phrase in phrases:
            fields[phrase] = (*fields.get(phrase, ()), field)
            key = heading_key(phrase.replace("*", ""))
            whole[key] = (*whole.get(key, ()), field)
    return LanguageTable(
        code=path.stem,
        name=content["name"],
        common=frozenset(content.get("common", ())),
        whole=whole,
        inside=tuple((_inside(phrase), those) for phrase, those in fields.items()),
        sentences=tuple(_sentences(content.get("sentences", {}))),
        nothing=frozenset(map(heading_key, content.get("nothing", ()))),
    )


def _inside(phrase: str) -> re.Pattern[str]:
    """A phrase within a heading: at the bounds of words where the script has blanks, anywhere where it has none."""
    parts = [heading_key(part) for part in phrase.split("*")]
    words = r"[\w ]{0,30}".join(re.escape(part) for part in parts)
    if not _SPACED.search(words):
        return re.compile(words)
    is_whole = "*" not in phrase
    start = "" if phrase.startswith("*") else "^" if is_whole else r"\b"
    end = "" if phrase.endswith("*") else "$" if is_whole else r"\b"
    return re.compile(f"{start}{words}{end}")


def _sentences(by_field: dict[str, list[str]]) -> Iterator[tuple[re.Pattern[str], str]]:
    for field, sentences in by_field.items():
        for sentence in sentences:
            before, _, after = sentence.partition(_ANSWER)
            value = _VALUE if after else _LAST_VALUE
            spaces = r"\s*" if not _SPACED.search(heading_key(before)) else r"\s+"
            start = r"\b" if _SPACED.match(before) else ""
            opening = f"{start}{re.escape(before.strip())}{spaces if before else ''}"
            yield re.compile(f"{opening}{value}\\s*{re.escape(after.strip())}", re.IGNORECASE), field
