"""The words in which a declaration says who made it, when, and for which adapter: written and read here only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tunecard.evidence.finding import Finding

FOR_ADAPTER = "declared.for_adapter"
_STALE = "declared for other weights"
_NOT_CONFIRMED = "; not confirmed since"
_SAID = re.compile(
    r"declared(?: for other weights \(sha256 \w+\))?(?: by (?P<who>.+))? in recipe\.yaml on (?P<when>[\d-]{10})"
)


@dataclass(frozen=True)
class Declared:
    """Who declared something (None: nobody gave a name) and on which ISO date."""

    who: str | None
    when: str


def declared_method(who: str | None, when: str) -> str:
    """The method of a declaration that stands in the recipe.

    >>> declared_method("A. Author", "2026-11-20")
    'declared by A. Author in recipe.yaml on 2026-11-20'
    """
    name = on_one_line(who)
    return f"declared{f' by {name}' if name else ''} in recipe.yaml on {when}"


def on_one_line(who: str | None) -> str | None:
    """A name as a method holds it; None where there is none."""
    return " ".join((who or "").split()) or None


def read_declared(finding: Finding) -> Declared | None:
    """Who declared this in the recipe and when; None for what was declared elsewhere, or not at all."""
    found = _SAID.match(finding.method or "") if finding.status == "declared" else None
    return Declared(found["who"], found["when"]) if found else None


def made_stale(finding: Finding, weights: str) -> Finding:
    """The declaration as made for weights (their sha256) that are not the adapter's any more.

    >>> from tunecard.evidence import declared
    >>> mit = declared("declared.license", "mit", method=declared_method(None, "2026-11-20"))
    >>> made_stale(mit, "ab").method
    'declared for other weights (sha256 ab) in recipe.yaml on 2026-11-20; not confirmed since'
    """
    rest = (finding.method or "").removeprefix("declared")
    return finding.model_copy(update={"method": f"{_STALE} (sha256 {weights}){rest}{_NOT_CONFIRMED}"})


def is_stale(finding: Finding) -> bool:
    """Whether the adapter's weights changed after this was declared, and nobody confirmed it since."""
    return finding.status == "declared" and (finding.method or "").startswith(_STALE)
