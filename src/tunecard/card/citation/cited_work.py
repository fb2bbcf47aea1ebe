"""One work to cite, as BibTeX and in the APA's style. The words may be anybody's, so BibTeX gets them escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tunecard.card.markdown import one_line

Kind = Literal["article", "inproceedings", "book", "techreport", "phdthesis", "misc"]
MOST_AUTHORS = 20  # APA 7: of more, the first nineteen and the last
_SPECIAL = {**{mark: "\\" + mark for mark in "{}&%$#_"}, "\\": "\\textbackslash{}", "~": "\\textasciitilde{}"}
_SPECIAL["^"] = "\\textasciicircum{}"


@dataclass(frozen=True)
class Author:
    """A person, or (without given names) an institution or a name as somebody wrote it."""

    family: str
    given: str = ""

    @property
    def bibtex(self) -> str:
        """`Hu, Edward J.`, or `{Acme Lab}`, which BibTeX leaves as it is."""
        return f"{escaped(self.family)}, {escaped(self.given)}" if self.given else f"{{{escaped(self.family)}}}"

    @property
    def apa(self) -> str:
        """`Hu, E. J.`, or `Acme Lab`."""
        return f"{self.family}, {initials(self.given)}" if self.given else self.family


@dataclass(frozen=True)
class Work:
    """What a reference is made of; empty text is left out.

    Attributes:
        key: BibTeX key; "" makes one of the first author, the year and the title.
        has_more_authors: whether `authors` are only the first.
        container: journal, proceedings or book that it stands in.
        arxiv: number of the preprint.
        form: what it is, where the title does not tell, such as "Computer software".
    """

    title: str
    authors: Sequence[Author]
    year: str = ""
    kind: Kind = "misc"
    key: str = ""
    has_more_authors: bool = False
    container: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    version: str = ""
    form: str = ""
    arxiv: str = ""
    doi: str = ""
    url: str = ""

    @property
    def bibtex(self) -> str:
        """The entry, a field a line."""
        place = {"article": "journal", "inproceedings": "booktitle"}.get(self.kind, "howpublished")
        maker = {"techreport": "institution", "phdthesis": "school"}.get(self.kind, "publisher")
        names = [author.bibtex for author in self.authors] + (["others"] if self.has_more_authors else [])
        fields = {
            "title": escaped(self.title),
            "author": " and ".join(names),
            "year": escaped(self.year),
            place: escaped(self.container),
            "volume": escaped(self.volume),
            "number": escaped(self.number),
            "pages": escaped(self.pages),
            maker: escaped(self.publisher),
            "version": escaped(self.version),
            "eprint": escaped(self.arxiv),
            "archivePrefix": "arXiv" if self.arxiv else "",
            "doi": _address(self.doi),
            "url": _address(self.url),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@{self.kind}{{{self.key or self._made_key()},\n" + ",\n".join(lines) + "\n}"

    @property
    def apa(self) -> str:
        """One line of plain text; nothing in it is Markdown."""
        title = one_line(self.title).rstrip(".")
        title += f" (Version {self.version})" if self.version else ""
        title += f" [{self.form}]" if self.form else ""
        link = f"https://doi.org/{self.doi}" if self.doi else self.url
        parts = [self._apa_authors() + f" ({self.year or 'n.d.'})", title, self._apa_container(), self.publisher]
        parts.append(f"arXiv:{self.arxiv}" if self.arxiv and not link else "")
        line = ". ".join(part.rstrip(".") for part in map(one_line, parts) if part) + "."
        return f"{line} {one_line(link)}" if link else line

    def _apa_authors(self) -> str:
        names = [author.apa for author in self.authors]
        if self.has_more_authors:
            return ", ".join([*names, "et al."])
        if len(names) > MOST_AUTHORS:
            return ", ".join(names[: MOST_AUTHORS - 1]) + f", . . . {names[-1]}"
        return ", & ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)

    def _apa_container(self) -> str:
        if not self.container:
            return ""
        issue = f", {self.volume}" if self.volume else ""
        issue += f"({self.number})" if self.number else ""
        return self.container + issue + (f", {self.pages}" if self.pages else "")

    def _made_key(self) -> str:
        words = [self.authors[0].family if self.authors else "", self.year, (self.title.split() or [""])[0]]
        return "".join(_plain(word) for word in words) or "cited"


def initials(given: str) -> str:
    """Given names as the APA writes them.

    >>> initials("Edward J."), initials("Ming-Wei")
    ('E. J.', 'M.-W.')
    """
    names = [[part[0].upper() + "." for part in name.split("-") if part] for name in given.split()]
    return " ".join("-".join(parts) for parts in names if parts)


def escaped(text: str) -> str:
    """The text for a field of BibTeX: on one line, and nothing in it a command, a brace or a comment.

    >>> escaped("R&D: 5 % {of} it")
    'R\\\\&D: 5 \\\\% \\\\{of\\\\} it'
    """
    return "".join(_SPECIAL.get(character, character) for character in one_line(text))


def _address(text: str) -> str:
    """A DOI or an address as it is, without what could end the field."""
    return re.sub(r"[{}\\\s]", "", one_line(text))


def _plain(word: str) -> str:
    """Small Latin letters and digits of a word."""
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
