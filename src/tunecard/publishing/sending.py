"""One commit: every file or none, on the head that was looked at."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from logging import ERROR
from typing import TYPE_CHECKING, Any

from tunecard.card.markdown import listing
from tunecard.card.numbers import size
from tunecard.counted import counted
from tunecard.errors import HubError
from tunecard.publishing.published import Published, notes_on
from tunecard.publishing.refusals import is_broken_line, is_clients, is_refused, refusal, refusals
from tunecard.publishing.repository import Repository, find_repository, full_name
from tunecard.publishing.upload_files import Parcel

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def send(parcel: Parcel, repo: str, *, is_public: bool, create_pr: bool, api: HfApi | None = None) -> Published:
    """Commits a parcel to a repository of models, which is made where there is none.

    Raises: HubError, MachineError: the Hub refuses or cannot be reached; the message says what was committed.
    """
    with _quiet() as remarks:
        done = _sent(parcel, repo, is_public=is_public, create_pr=create_pr, api=api)
    return replace(done, notes=(*done.notes, *remarks))


def _sent(parcel: Parcel, repo: str, *, is_public: bool, create_pr: bool, api: HfApi | None) -> Published:
    from huggingface_hub import HfApi

    api = api or HfApi()
    with refusals(repo):
        name = full_name(api, repo)
        found = find_repository(api, name)
        if found is None:
            found, made = _made(api, name, is_public=is_public, create_pr=create_pr), True
        else:
            made = False
    if not (found.is_private or is_public):
        raise HubError(f"{name}: this repository is public. Repeat with --public, or make it private first.")
    at_head = Published(
        found.name, f"{api.endpoint}/{found.name}/commit/{found.head}", False, len(parcel.files), parcel.bytes,
        withheld=parcel.withheld, notes=tuple(notes_on(found, parcel, is_public=is_public)),
    )  # fmt: skip
    if found.holds(parcel):
        return at_head
    return _committed(api, parcel, found, at_head, create_pr=create_pr, made=made)


def _made(api: HfApi, name: str, *, is_public: bool, create_pr: bool) -> Repository:
    if create_pr:
        raise HubError(
            f"{name}: there is no such repository to open a pull request in. Leave out --create-pr to make it."
        )
    api.create_repo(name, private=not is_public, exist_ok=True)
    found = find_repository(api, name)
    if found is None:
        raise HubError(f"{name}: the name is taken by a repository that this token may not see. Choose another name.")
    return found


def _committed(
    api: HfApi, parcel: Parcel, found: Repository, at_head: Published, *, create_pr: bool, made: bool
) -> Published:
    removed = found.leftovers(parcel)
    try:
        with counted(f"Sending {len(parcel.files)} files, {size(parcel.bytes)}"):
            info = _commit(api, parcel, found, removed, create_pr=create_pr)
    except Exception as error:
        if isinstance(error, HubError) or not is_clients(error):
            raise
        if not is_refused(error) and not create_pr and _arrived(api, parcel, found.name):
            return replace(at_head, url=f"{api.endpoint}/{found.name}/commits/main", is_new=True)
        raise refusal(error, found.name, _consequence(api, error, found, create_pr=create_pr, made=made)) from error
    url = info.pr_url if create_pr and info.pr_url else info.commit_url
    notes = ("What was removed stays in the history of the repository.",) if removed else ()
    return replace(at_head, url=str(url), is_new=True, removed=tuple(removed), notes=(*at_head.notes, *notes))


def _commit(api: HfApi, parcel: Parcel, found: Repository, removed: list[str], *, create_pr: bool) -> Any:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    from tunecard.version import __version__

    added = [CommitOperationAdd(path, content) for path, content in parcel.files.items()]
    if ".gitignore" in found.files:
        _check_ignored(api, found.name, added, create_pr=create_pr)
    return api.create_commit(
        found.name,
        [*added, *(CommitOperationDelete(path, is_folder=False) for path in removed)],
        commit_message=f"Adapter, card and evidence, by tunecard {__version__}",
        parent_commit=found.head,
        create_pr=create_pr,
    )


def _check_ignored(api: HfApi, name: str, added: list[Any], *, create_pr: bool) -> None:
    """The client would leave out in silence what a .gitignore there names; the manifest would then not fit."""
    api.preupload_lfs_files(name, additions=added, create_pr=create_pr, free_memory=False)
    ignored = [addition.path_in_repo for addition in added if getattr(addition, "_should_ignore", False)]
    if ignored:
        raise HubError(
            f"{name}: the repository's .gitignore leaves out {listing(ignored)}. Nothing was committed. "
            "Remove these lines from it, then push again."
        )


def _arrived(api: HfApi, parcel: Parcel, name: str) -> bool:
    """Whether a commit whose answer was lost is there after all."""
    try:
        found = find_repository(api, name)
    except Exception:  # noqa: BLE001 - the line is broken already; the first fault is the one to tell
        return False
    return found is not None and found.holds(parcel)


def _consequence(api: HfApi, error: Exception, found: Repository, *, create_pr: bool, made: bool) -> str:
    nothing = "Nothing was committed." + (" The repository was made and is still empty." if made else "")
    if is_refused(error):
        return nothing
    try:
        is_untouched = not create_pr and api.model_info(found.name).sha == found.head
    except Exception:  # noqa: BLE001 - as above
        is_untouched = False
    if is_untouched:
        repeat = " Repeat the same command: what has arrived is not sent again."
        return nothing + (repeat if is_broken_line(error) else "")
    return "Whether the commit arrived is not known. Repeat the same command: it says when all of it is there already."


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keeps the client's retries and its doubts about parquet files from the user; collects what the Hub remarks."""
    from huggingface_hub.utils import logging

    remarks: list[str] = []
    level = logging.get_verbosity()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        logging.set_verbosity(ERROR)
        try:
            yield remarks
        finally:
            logging.set_verbosity(level)
    remarks += [" ".join(str(one.message).split()) for one in caught if "validating metadata" in str(one.message)]
