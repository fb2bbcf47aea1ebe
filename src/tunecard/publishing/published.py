"""What a push came to, and what its owner should know about the repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tunecard.card.markdown import listing
from tunecard.publishing.repository import Repository
from tunecard.publishing.upload_files import Parcel


@dataclass(frozen=True)
class Published:
    """What a push came to.

    Attributes:
        repo: `owner/name`.
        url: of the commit, or of the pull request.
        is_new: whether a commit was made; False where the Hub had all of it already.
        files, bytes: how many files the manifest's commit has, and their size together.
        removed: files of an earlier push that went in the same commit.
        withheld: files of the folder that stayed here.
        notes: what else the owner should know, a sentence each.
    """

    repo: str
    url: str
    is_new: bool
    files: int
    bytes: int
    removed: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def notes_on(found: Repository, parcel: Parcel, *, is_public: bool) -> Iterator[str]:
    """A sentence for each thing that the wish and the repository do not agree on, or that stays here."""
    if is_public and found.is_private:
        yield f"{found.name} is private and stays so: who may see it is changed in its settings."
    strangers = found.strangers(parcel)
    if strangers:
        yield (
            f"{found.name} also has {listing(strangers)}, which no push of tunecard wrote. They stay, and `verify` on "
            "a download will name them."
        )
    if parcel.withheld:
        yield "A reader's `verify` will say that predictions are withheld: the scores cannot be computed again from it."
        if any("/" not in name for name in parcel.withheld):
            yield "The signature stays here too: it is over the manifest with the predictions."
