"""What to cite: the author's wish, the method, the base and the data."""

from __future__ import annotations

import re

from tunecard.card.answer import Answer, declared_value, undeclared
from tunecard.card.markdown import bullets, escape, fenced
from tunecard.card.references import METHODS, Reference, base_reference
from tunecard.evidence import Findings


def answers(findings: Findings) -> dict[str, Answer]:
    """`citation_bibtex`, `citation_apa`."""
    return {"citation_bibtex": _bibtex(findings), "citation_apa": _apa(findings)}


def _references(findings: Findings) -> list[Reference]:
    """The papers of the method and the base, where they are known."""
    method = METHODS.get(str(findings.value("adapter.method")))
    is_known = not findings.value("base_model.is_local")
    base = base_reference(str(findings.value("base_model.id", ""))) if is_known else None
    return [paper for paper in (method, base) if paper is not None]


def _data_citation(findings: Findings) -> str | None:
    value = findings.value("data.citation")
    return value if isinstance(value, str) and value.strip() else None


def _bibtex(findings: Findings) -> Answer:
    own = declared_value(findings, "citation")
    blocks = [paper.bibtex for paper in _references(findings)]
    data = _data_citation(findings)
    if data is not None and is_bibtex(data):
        blocks.append(_block(data))
    others = fenced("\n\n".join(blocks), "bibtex") if blocks else ""
    if own is not None:
        text = fenced(_block(own), "bibtex") + (f"\n\nThe method, the base and the data:\n\n{others}" if others else "")
        return Answer(text, "declared")
    text = undeclared("citation") + (f" What it builds on:\n\n{others}" if others else "")
    return Answer(text, "not declared")


def _apa(findings: Findings) -> Answer:
    own = declared_value(findings, "citation_apa")
    lines = [escape(paper.apa) for paper in _references(findings)]
    data = _data_citation(findings)
    if data is not None and not is_bibtex(data):
        lines.append(escape(data, 400))
    others = bullets(lines)
    if own is not None:
        return Answer(escape(own) + (f"\n\n{others}" if others else ""), "declared")
    return Answer(undeclared("citation_apa") + (f" What it builds on:\n\n{others}" if others else ""), "not declared")


def is_bibtex(text: str) -> bool:
    """Whether a citation is a BibTeX entry rather than a sentence."""
    return re.match(r"\s*@\w+\s*\{", text) is not None


def _block(text: str) -> str:
    """BibTeX for a fenced block: line breaks kept, control characters gone."""
    return re.sub(r"[^\S\n]+", " ", re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", text)).strip()
