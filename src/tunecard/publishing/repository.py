"""What the Hub has already: the head of a repository, its files by hash, and what an earlier push left there."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunecard.errors import HubError
from tunecard.evidence.ledger import MANIFEST, MOST_BYTES
from tunecard.publishing.upload_files import SIGNATURES, Parcel
from tunecard.untrusted.bounded_json import read_json
from tunecard.verification.files import is_safe

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NOT_OURS = {".gitattributes", ".gitignore"}
_ADDRESS = re.compile(r"(?:https?://|git@)[^/:]+[/:](.+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Repository:
    """A repository at its head.

    Attributes:
        name: `owner/name`.
        head: the commit of main; None where there is none.
        is_private: whether only its owner sees it.
        files: path to (git's hash, sha256 of a large file or None).
        listed: paths of the manifest that an earlier push left.
    """

    name: str
    head: str | None
    is_private: bool
    files: dict[str, tuple[str | None, str | None]]
    listed: frozenset[str]

    def leftovers(self, parcel: Parcel) -> list[str]:
        """Files that an earlier push wrote and this one no longer has."""
        ours = self.listed | SIGNATURES if MANIFEST in self.files else frozenset[str]()
        return sorted(name for name in ours & self.files.keys() if name not in parcel.files and name not in NOT_OURS)

    def strangers(self, parcel: Parcel) -> list[str]:
        """Files of others, which stay and which no manifest lists."""
        return sorted(self.files.keys() - parcel.files.keys() - set(self.leftovers(parcel)) - NOT_OURS)

    def holds(self, parcel: Parcel) -> bool:
        """Whether the head has every file as it is here, and nothing of an earlier push besides."""
        return not self.leftovers(parcel) and all(self._has(parcel, name) for name in parcel.files)

    def _has(self, parcel: Parcel, name: str) -> bool:
        blob, sha256 = self.files.get(name, (None, None))
        return parcel.sha256(name) == sha256 if sha256 else blob is not None and parcel.git_hash(name) == blob


def check_name(repo: str) -> None:
    """Refuses what is no name of a repository, before anything else is done.

    Raises: HubError: it is a web address, a path, or has characters that the Hub does not take.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    address = _ADDRESS.match(repo)
    hint = f" Write {'/'.join(address.group(1).split('/')[:2])}." if address else ""
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise HubError(
            f"REPO must be `owner/name` or `name`, of letters, digits, - _ and . only. Got {repo!r}.{hint}"
        ) from error


def full_name(api: HfApi, repo: str) -> str:
    """`owner/name`: a bare name belongs to the owner of the token. Asks the Hub, which also tests the token."""
    owner = api.whoami()["name"]
    return repo if "/" in repo else f"{owner}/{repo}"


def find_repository(api: HfApi, name: str) -> Repository | None:
    """The repository as it is now; None where there is none that this token may see."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        info = api.model_info(name, files_metadata=True)
    except RepositoryNotFoundError:
        return None
    files = {file.rfilename: (file.blob_id, file.lfs.sha256 if file.lfs else None) for file in info.siblings or []}
    listed = _listed(api, name, info.sha) if MANIFEST in files else frozenset[str]()
    return Repository(info.id, info.sha, bool(info.private), files, listed)


def _listed(api: HfApi, name: str, head: str | None) -> frozenset[str]:
    """The paths of the manifest there; none where it is no manifest of ours."""
    with tempfile.TemporaryDirectory() as place:
        path = api.hf_hub_download(name, MANIFEST, revision=head, local_dir=place)
        try:
            records = read_json(Path(path), MOST_BYTES[MANIFEST])["files"]
            return frozenset(record["path"] for record in records if is_safe(record["path"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            return frozenset()
