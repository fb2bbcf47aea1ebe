"""What arrives on the Hub: one commit with every file as it is here, on the head that was looked at, or nothing."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub_stand_in import LFS, HubStandIn, Repo
from tunecard import __version__, card
from tunecard.errors import CheckFailed, DiskFull, HubError, MachineError, RunFolderError
from tunecard.evidence import RunFolder
from tunecard.publishing import Published
from tunecard.publishing.refusals import refusal
from tunecard.signing import sign_folder
from tunecard.verification import verify

Send = Callable[..., Published]
MANIFEST = "manifest.json"


def contents(folder: RunFolder) -> dict[str, bytes]:
    paths = [*folder.listed_files(), folder.manifest]
    return {path.relative_to(folder.path).as_posix(): path.read_bytes() for path in paths}


def sign(folder: RunFolder, elsewhere: Path) -> None:
    key, locked = Ed25519PrivateKey.generate(), serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (elsewhere / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    sign_folder(folder.path, elsewhere / "key.pem")


def test_one_commit_with_all_bytes(send: Send, hub: HubStandIn, folder: RunFolder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = send()
    repo = hub.repos["ada/tiny"]
    assert len(repo.commits) == 1 and repo.commits[0]["added"] == contents(folder)
    assert not any("checkpoints" in name for name in repo.files)
    assert len([name for name in repo.files if name.endswith(LFS)]) == len(hub.large) > 5
    assert repo.private and hub.seen.count("commit") == 1
    assert done.url == f"{hub.endpoint}/ada/tiny/commit/{repo.head}" and done.is_new
    assert (done.files, done.bytes) == (len(contents(folder)), sum(map(len, contents(folder).values())))
    assert repo.commits[0]["header"]["parentCommit"] == Repo(True).head


def test_the_same_again_does_nothing(send: Send, hub: HubStandIn) -> None:
    first = send()
    hub.seen.clear()
    again = send()
    assert not again.is_new and again.url == first.url
    assert not {"create", "commit", "upload", "preupload"} & set(hub.seen)
    hub.repos["ada/tiny"].files["README.md"] += b"edited on the Hub"
    assert send().is_new  # the manifest alone does not tell that all is as it was
    assert len(hub.repos["ada/tiny"].commits) == 2


def test_a_bare_name_belongs_to_the_owner_of_the_token(send: Send, hub: HubStandIn) -> None:
    assert send("tiny").repo == "ada/tiny" and set(hub.repos) == {"ada/tiny"}


def test_files_of_an_earlier_push_go_and_files_of_others_stay(
    send: Send, hub: HubStandIn, folder: RunFolder, tmp_path: Path
) -> None:
    (folder.path / "old.json").write_text("{}")
    folder.write_manifest()
    sign(folder, tmp_path)
    send()
    repo = hub.repos["ada/tiny"]
    assert repo.files["manifest.json.sig"] == folder.signature.read_bytes()
    repo.files |= {"demo.gif": b"theirs", ".gitattributes": b"theirs"}
    (folder.path / "old.json").unlink()
    folder.manifest.with_name("manifest.json.sig").unlink()
    folder.write_manifest()
    done = send()
    assert done.removed == ("manifest.json.sig", "old.json") == tuple(repo.commits[-1]["deleted"])
    assert repo.files["demo.gif"] == repo.files[".gitattributes"] == b"theirs"
    assert "demo.gif, which no push of tunecard wrote" in done.notes[0] and "history" in done.notes[1]


@pytest.mark.parametrize("listed", ['{"files": [{"path": "../x"}]}', '{"files": 3}', "[", '{"files": [{"path": 1}]}'])
def test_a_foreign_manifest_deletes_nothing(send: Send, hub: HubStandIn, listed: str) -> None:
    hub.repos["ada/tiny"] = Repo(True)
    hub.repos["ada/tiny"].files |= {MANIFEST: listed.encode(), "theirs.json": b"{}"}
    assert send().removed == () and "theirs.json" in hub.repos["ada/tiny"].files


def test_withheld_predictions(send: Send, hub: HubStandIn, folder: RunFolder, tmp_path) -> None:
    sign(folder, tmp_path)
    before = contents(folder)
    done = send(without_predictions=True)
    assert contents(folder) == before
    there = tmp_path / "there"
    for name, content in hub.repos["ada/tiny"].files.items():
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_bytes(content)
    report = verify(there)
    assert report.ok
    states = {check.name: check.ok for check in report.checks}
    assert states["files"] is True and states["predictions"] is states["scores"] is states["sources"] is None
    names = ("test.full", "test.majority", "test")
    rows, *others = done.withheld
    assert rows.startswith("every_eval_ever/data/") and rows.endswith("_samples.jsonl")
    assert others == [*(f"predictions/{name}.parquet" for name in names), "manifest.json.sig"]
    assert states["evaluation records"] is True
    assert any("withheld" in note for note in done.notes) and any("signature" in note for note in done.notes)


def test_a_download_of_a_full_push_verifies(send: Send, hub: HubStandIn, tmp_path) -> None:
    send()
    for name, content in hub.repos["ada/tiny"].files.items():
        (tmp_path / "there" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "there" / name).write_bytes(content)
    assert verify(tmp_path / "there").ok


def test_a_pull_request(send: Send, hub: HubStandIn) -> None:
    with pytest.raises(HubError, match="no such repository to open a pull request in"):
        send(create_pr=True)
    assert not hub.repos
    hub.repos["ada/tiny"] = Repo(True)
    before = dict(hub.repos["ada/tiny"].files)
    done = send(create_pr=True)
    assert done.url.endswith("/ada/tiny/discussions/1") and hub.repos["ada/tiny"].files == before
    assert hub.repos["ada/tiny"].commits[0]["pull request"]


def test_who_may_see_it(send: Send, hub: HubStandIn) -> None:
    send(public=True)
    assert not hub.repos["ada/tiny"].private
    with pytest.raises(HubError, match=r"ada/tiny: this repository is public\. Repeat with --public"):
        send()
    hub.repos["ada/tiny"].private = True
    assert "stays so" in send(public=True).notes[0]


def test_a_failed_check_sends_nothing(send: Send, hub: HubStandIn, folder: RunFolder) -> None:
    folder.card.write_text(folder.card.read_text() + "better\n")
    with pytest.raises(CheckFailed) as caught:
        send()
    assert caught.value.exit_code == 1 and not hub.seen
    assert "the check 'files' failed: README.md has changed" in str(caught.value)
    assert "the check 'card' failed" in str(caught.value) and "Nothing was sent." in str(caught.value)


def test_metadata_that_the_hub_refuses_is_found_before(send: Send, hub: HubStandIn, folder: RunFolder) -> None:
    """A card of an earlier tunecard is not compared byte for byte, so anything may stand in its metadata."""
    evidence = folder.evidence.read_text().replace(f'"value": "{__version__}"', '"value": "0.0.9"')
    folder.evidence.write_text(evidence.replace(f'"value": {card.RENDERER_VERSION},', '"value": 0,', 1))
    for text in (folder.card, folder.dataset_card):
        text.write_text(text.read_text().replace(f"[{__version__}]", "[0.0.9]"))
    folder.card.write_text(folder.card.read_text().replace("---\n", "---\nnew_version: not a repository\n", 1))
    folder.write_manifest()
    assert [check for check in verify(folder.path).checks if check.ok is False] == []
    with pytest.raises(RunFolderError, match=r"new_version.*nothing was sent"):
        send()
    assert not hub.seen


def test_a_dropped_connection_commits_nothing_and_the_repeat_succeeds(
    send: Send, hub: HubStandIn, folder: RunFolder
) -> None:
    hub.faults["upload"] = ["drop"] * 30  # all six tries of all five files
    with pytest.raises(MachineError) as caught:
        send()
    assert "the connection broke" in str(caught.value)
    assert "Nothing was committed. The repository was made and is still empty. Repeat the same command" in str(
        caught.value
    )
    assert not hub.repos["ada/tiny"].commits
    hub.faults.clear()
    assert send().is_new and hub.repos["ada/tiny"].commits[0]["added"] == contents(folder)


def test_a_commit_whose_answer_was_lost_counts(send: Send, hub: HubStandIn) -> None:
    hub.faults["commit"] = ["lose"]
    assert send().is_new and len(hub.repos["ada/tiny"].commits) == 1


def test_an_answer_that_cannot_be_read_is_no_lost_commit(send: Send, hub: HubStandIn) -> None:
    hub.faults["commit"] = [(200, {"said": "nothing that the client knows"})]
    with pytest.raises(HubError, match=r"the push failed.*Nothing was committed\. The repository was made"):
        send()
    hub.faults["commit"] = ["garble"]
    assert send().is_new and len(hub.repos["ada/tiny"].commits) == 1


def test_when_nobody_knows_whether_it_arrived(send: Send, hub: HubStandIn) -> None:
    hub.repos["ada/tiny"] = Repo(True)
    hub.faults["commit"] = ["drop"]
    hub.before["preupload"] = lambda: hub.faults.update(info=["drop"] * 9)
    with pytest.raises(MachineError, match="Whether the commit arrived is not known. Repeat the same command"):
        send()


def test_a_commit_in_between_is_not_overwritten(send: Send, hub: HubStandIn) -> None:
    hub.repos["ada/tiny"] = Repo(True)
    hub.before["preupload"] = lambda: hub.repos["ada/tiny"].files.update({"theirs.json": b"{}"})
    with pytest.raises(HubError, match=r"another commit in between \(412\).*Nothing was committed"):
        send()
    assert not hub.repos["ada/tiny"].commits


@pytest.mark.parametrize(
    ("route", "fault", "said"),
    [
        ("commit", (400, {"error": 'Invalid metadata: "license" must be one of [apache-2.0]'}), r'400\).*"license" must be one of'),
        ("validate", (400, {"errors": [{"message": '"language[0]" must only contain lowercase'}]}), r"language\[0\]"),
        ("commit", (403, {"error": "read-only token"}), r"does not let this token write there \(403\).*read-only token"),
        ("commit", (500, {"error": "Internal Error"}), r"has a fault \(500\).*Nothing was committed\. The repository was made"),
        ("whoami", (401, {"error": "Invalid credentials"}), r"does not take the token \(401\).*Nothing was sent"),
        ("commit", (413, {"error": ""}), r"too large \(413\)"),
    ],
)  # fmt: skip
def test_what_the_hub_refuses_is_passed_on(send: Send, hub: HubStandIn, route: str, fault: tuple, said: str) -> None:
    hub.faults[route] = [fault]
    with pytest.raises(HubError, match=said):
        send()
    assert not any(repo.commits for repo in hub.repos.values())
    assert not (route == "validate" and "preupload" in hub.seen)


@pytest.mark.parametrize(
    "fault",
    [OSError(errno.EFBIG, "File too large"), OSError(errno.ENOSPC, "x"), RuntimeError("no space left (os error 28)")],
)
def test_a_disk_that_fills_up_under_the_client_is_told_as_such(fault: Exception) -> None:
    said = refusal(fault, "ada/tiny", "Nothing was sent.")
    assert isinstance(said, DiskFull) and "no space left" in str(said) and "Nothing was sent." in str(said)


def test_a_name_that_is_taken_by_what_the_token_may_not_see(send: Send, hub: HubStandIn) -> None:
    hub.faults["create"] = [(409, {"error": "taken", "url": f"{hub.endpoint}/ada/tiny"})]
    with pytest.raises(HubError, match="name is taken by a repository that this token may not see"):
        send()


def test_a_fault_of_our_own_code_stays_a_bug(send: Send, hub: HubStandIn) -> None:
    hub.faults["whoami"] = [(200, {})]
    with pytest.raises(KeyError, match="name"):
        send()


def test_a_name_of_somebody_else(send: Send, hub: HubStandIn) -> None:
    with pytest.raises(HubError, match=r'bob/tiny: the Hub does not let.*under the namespace "bob"'):
        send("bob/tiny")


def test_a_gitignore_there_leaves_nothing_out_in_silence(send: Send, hub: HubStandIn) -> None:
    hub.repos["ada/tiny"] = Repo(True)
    hub.repos["ada/tiny"].files[".gitignore"] = b"*.png\n"
    hub.ignored = {"figures/scores.png"}
    with pytest.raises(HubError, match=r"\.gitignore leaves out figures/scores\.png\. Nothing was committed"):
        send()
    hub.ignored = set()
    assert send().is_new and ".gitignore" in hub.repos["ada/tiny"].files


@pytest.mark.parametrize(
    "repo", ["https://huggingface.co/ada/tiny", "git@hf.co:ada/tiny.git", "a/b/c", "a--b", "/tmp/x", "ada/"]
)
def test_a_name_that_is_none(send: Send, hub: HubStandIn, repo: str) -> None:
    with pytest.raises(HubError, match="REPO must be `owner/name` or `name`") as caught:
        send(repo)
    assert ("Write ada/tiny." in str(caught.value)) == ("/ada/tiny" in repo or ":ada/tiny" in repo) and not hub.seen


def test_offline(send: Send, hub: HubStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MachineError, match="HF_HUB_OFFLINE is set.*Unset it"):
        send()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    hub.close()
    with pytest.raises(MachineError, match="the Hub cannot be reached.*Nothing was sent"):
        send()


def test_no_token(send: Send, hub: HubStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.hf_api.get_token", lambda: None)
    with pytest.raises(HubError, match="there is no token of the Hub here. Log in with `hf auth login`"):
        send(token=None)
    assert not hub.seen
