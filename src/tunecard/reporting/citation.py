"""How the adapter is to be cited: by a CITATION.cff that a person named, else from who is declared to have made it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tunecard.card.citation.citation_file import LONGEST, read_citation_file
from tunecard.card.citation.cited_work import Author, Work
from tunecard.card.facts import is_from_elsewhere
from tunecard.errors import RecipeError
from tunecard.evidence import Finding, Findings, declared, derived, not_measured
from tunecard.evidence.files import sha256_of
from tunecard.recipe import CardRecipe
from tunecard.untrusted.plain_files import read_plain_text

FORMS = ("citation.bibtex", "citation.apa")
NOBODY = "nobody is declared to have made it: set `card.citation_file` or `card.developed_by` in the recipe"
SAID_BY_FILE = "declared by the citation file "


@dataclass(frozen=True)
class CitedBy:
    """A citation file that was read, and what it wants cited."""

    work: Work
    method: str


def read_cited(card: CardRecipe, base_folder: Path) -> CitedBy | None:
    """The file that `card.citation_file` names; None where the recipe names none.

    Raises: RecipeError: it is missing, or no citation can be read from it.
    """
    if card.citation_file is None:
        return None
    path = base_folder / card.citation_file
    try:
        text = read_plain_text(path, LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "it cannot be read as UTF-8 text"
        message = (
            f"card.citation_file must be a CITATION.cff, relative to the recipe. Got {card.citation_file!r}: {reason}."
        )
        raise RecipeError(message) from error
    method = f"{SAID_BY_FILE}{path.name} (sha256 {sha256_of(path)}), put into this form"
    return CitedBy(read_citation_file(text, path.name), method)


def citation_findings(findings: Findings, cited: CitedBy | None) -> list[Finding]:
    """`citation.bibtex` and `citation.apa`: declared by a file, else derived from declared makers, else why neither.

    Args:
        findings: with `declared.*` and `run.*`.
    """
    if cited is not None:
        return [declared(id, text, method=cited.method) for id, text in _forms(cited.work).items()]
    work, inputs = _derived_work(findings)
    if work is None:
        return [not_measured(id, reason=NOBODY) for id in FORMS]
    method = f"from {', '.join(inputs)}"
    return [derived(id, text, method=method) for id, text in _forms(work).items()]


def renewed_citation(findings: Findings, card: CardRecipe, folder: Path) -> list[Finding]:
    """The same for a finished run: a file that is not beside its recipe any more is quoted as it was read."""
    before = findings.get("citation.bibtex")
    is_quoted = before is not None and (before.method or "").startswith(SAID_BY_FILE)
    if is_quoted and card.citation_file is not None and not (folder / card.citation_file).is_file():
        return []
    return citation_findings(findings, read_cited(card, folder))


def _derived_work(findings: Findings) -> tuple[Work | None, list[str]]:
    maker = next((id for id in ("declared.developed_by", "declared.authors") if findings.value(id)), None)
    if maker is None or not findings.value("run.name"):
        return None, []
    # An adapter made elsewhere is older than its completion, by how much nobody knows.
    dated = [] if is_from_elsewhere(findings) else ["run.date"]
    ids = [
        maker,
        *(id for id in ("run.name", *dated, "base_model.id", "declared.repository") if findings.value(id)),
    ]
    base = f" (adapter of {findings.value('base_model.id')})" if findings.value("base_model.id") else ""
    work = Work(
        title=f"{findings.value('run.name')}{base}",
        authors=[Author(str(findings.value(maker)))],
        year=str(findings.value("run.date", ""))[:4] if dated else "",
        form="Adapter weights",
        url=str(findings.value("declared.repository", "")),
    )
    return work, ids


def _forms(work: Work) -> dict[str, str]:
    return dict(zip(FORMS, (work.bibtex, work.apa), strict=True))
