"""What to cite: the author's wish, the method, the base and the data."""

from __future__ import annotations

import re

from tunecard.card.answer import UNDECLARED, Answer, StatusLabel, declared_value, status_of
from tunecard.card.citation.cited_work import Work
from tunecard.card.citation.references import base_reference, method_reference
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import bullets, escape, fenced, prose
from tunecard.card.record_links import cite
from tunecard.evidence import Findings


def answers(findings: Findings) -> dict[str, Answer]:
    """`citation_bibtex`, `citation_apa`."""
    return {"citation_bibtex": _bibtex(findings), "citation_apa": _apa(findings)}


def _references(findings: Findings) -> list[Work]:
    """The papers of the method and the base, where they are known."""
    method = method_reference(findings)
    is_known = not findings.value("base_model.is_local")
    base = base_reference(str(findings.value("base_model.id", ""))) if is_known else None
    return [paper for paper in (method, base) if paper is not None]


def _data_citation(findings: Findings) -> str | None:
    value = findings.value("data.citation")
    return value if isinstance(value, str) and value.strip() else None


def _bibtex(findings: Findings) -> Answer:
    blocks = [paper.bibtex for paper in _references(findings)]
    data = _data_citation(findings)
    if data is not None and is_bibtex(data):
        blocks.append(_block(data))
    others = fenced("\n\n".join(blocks), "bibtex") if blocks else ""
    own, how, status = _own(findings, "citation", "citation.bibtex")
    if own is None:
        text = UNDECLARED + (f" What it builds on:\n\n{others}" if others else "")
        return Answer(text, "not declared")
    text = f"{fenced(_block(own), 'bibtex')}\n\n{how}"
    return Answer(text + (f" What it builds on:\n\n{others}" if others else ""), status)


def _apa(findings: Findings) -> Answer:
    lines = [escape(paper.apa) for paper in _references(findings)]
    data = _data_citation(findings)
    if data is not None and not is_bibtex(data):
        lines.append(cite(findings, "data.citation", escape(data, 400)))
    others = bullets(lines)
    own, how, status = _own(findings, "citation_apa", "citation.apa")
    if own is None:
        said = [cite(findings, "data.citation", escape(data, 400))] if data is not None and not is_bibtex(data) else []
        text = UNDECLARED + (" What it builds on stands above." if lines else "")
        return Answer("\n\n".join([text, *said]), "not declared")
    return Answer(f"{escape(own)}\n\n{how}" + (f" What it builds on:\n\n{others}" if others else ""), status)


def _own(findings: Findings, key: str, made: str) -> tuple[str | None, str, StatusLabel]:
    """(how the adapter itself is cited, where that comes from, its status): as declared, else as `made` has it."""
    said = declared_value(findings, key)
    if said is not None:
        return said, f"As declared{declared_note(findings, key)}.", "declared"
    finding = findings.get(made)
    if finding is None or not isinstance(finding.value, str):
        return None, "", "not declared"
    how = prose((finding.method or "").removeprefix("declared").strip(), 200)
    verb = "Declared" if finding.status == "declared" else "Derived"
    return finding.value, f"{cite(findings, made, f'{verb} {how}')}.", status_of(finding)


def is_bibtex(text: str) -> bool:
    """Whether a citation is a BibTeX entry rather than a sentence."""
    return re.match(r"\s*@\w+\s*\{", text) is not None


def _block(text: str) -> str:
    """BibTeX for a fenced block: line breaks kept, control characters gone."""
    return re.sub(r"(?<=\S)[^\S\n]+", " ", re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", text)).strip()
