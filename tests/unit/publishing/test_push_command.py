"""`tunecard push` as typed: what is said on which stream, the exit code, and that no torch is loaded for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tunecard
from hub_stand_in import TOKEN, HubStandIn, Repo
from tunecard.cli import main
from tunecard.evidence import RunFolder
from waiting_lines import without_waiting

Typed = Callable[..., tuple[int, str, str]]
SCRIPT = (
    "import sys; from tunecard.cli import main; code = main(sys.argv[1:]); "
    "assert not {'torch', 'transformers', 'peft', 'datasets'} & set(sys.modules); sys.exit(code)"
)


@pytest.fixture
def typed(hub: HubStandIn, folder: RunFolder, tmp_path: Path) -> Typed:
    """`typed("run", "tiny")` pushes in a process of its own, beside the folder; the stand-in is all it can reach."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        source = str(Path(tunecard.__file__).parents[1])
        own = {"PYTHONPATH": source, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(tmp_path / "hf"), "HF_TOKEN": TOKEN}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, "push", *arguments],
            capture_output=True, text=True, check=False, cwd=tmp_path,
            env={**kept, **own, "HF_HUB_DISABLE_XET": "1", **environment},
        )  # fmt: skip
        return done.returncode, done.stdout, without_waiting(done.stderr)

    return run


def test_a_push(typed: Typed, hub: HubStandIn) -> None:
    code, out, err = typed("run", "tiny", "--public", "--without-predictions")
    repo = hub.repos["ada/tiny"]
    size = sum(len(content) for name, content in repo.files.items() if name != ".gitattributes")
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head == "Public: anyone will be able to see tiny, unless it is there and private."
    assert lines[:2] == [
        f"Pushed to ada/tiny in one commit (19 files, {size:,} bytes):",
        f"  {hub.endpoint}/ada/tiny/commit/{repo.head}",
    ]
    rest = "".join(lines[2:])  # a long name is broken where the line ends
    assert rest.startswith("Stayed here:") and "_samples.jsonl, predictions/test.full.parquet" in rest
    assert "A reader's `verify` will say that predictions are withheld" in rest


@pytest.fixture
def here(
    hub: HubStandIn, folder: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """The same in this process, which is faster."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.chdir(folder.path.parent)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["push", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, without_waiting(captured.err)

    return run


def test_a_failed_check_and_a_find(here: Typed, hub: HubStandIn, folder: RunFolder) -> None:
    (folder.path / "extra.json").write_text('{"at": "/home/ada/x"}')
    code, out, err = here("run", "tiny")
    assert (code, out) == (1, "") and "the check 'files' failed: extra.json is not in the manifest" in err
    folder.write_manifest()
    code, out, err = here("run", "tiny")
    assert (code, out) == (2, "") and err.startswith("PrivacyError: run: extra.json line 1: an absolute path (/ho...")
    assert not hub.seen
    assert here("run", "tiny", "--allow", "/home/ada/x")[0] == 0
    assert "has all of it already" in here("run", "tiny", "--allow", "/home/ada/x")[1]


@pytest.mark.parametrize(
    ("arguments", "token", "said"),
    [
        (("run", "tiny"), "hf_wrong", "HubError: tiny: the Hub does not take the token (401)."),
        (("tiny", "run"), TOKEN, "RunFolderError: tiny: there is no such folder, and run is one. DIR comes first"),
        (("run", "https://hf.co/ada/x"), TOKEN, "HubError: REPO must be `owner/name` or `name`"),
        (("run", "ada/seen"), TOKEN, "HubError: ada/seen: this repository is public. Repeat with --public"),
        (("run", "bob/x"), TOKEN, "HubError: bob/x: the Hub does not let this token write there (403)."),
        (("run",), TOKEN, "UsageError: Missing argument 'REPO'."),
    ],
)
def test_likely_mistakes(
    here: Typed, hub: HubStandIn, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], token: str, said: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    hub.repos["ada/seen"] = Repo(private=False)
    code, out, err = here(*arguments)
    assert (code, out, err[: len(said)]) == (2, "", said)
    example = "For example:\n  tunecard push runs/recipe owner/name\n"
    assert err.removesuffix(example).count("\n") == (not err.endswith(example)) and "upload" not in hub.seen


def test_without_a_token_or_a_network(typed: Typed, hub: HubStandIn) -> None:
    code, out, err = typed("run", "tiny", HF_TOKEN="", HF_HUB_OFFLINE="0")
    assert (code, out) == (2, "") and err.startswith(
        "HubError: there is no token of the Hub here. Log in with `hf auth"
    )
    code, out, err = typed("run", "tiny", HF_HUB_OFFLINE="1")
    assert (code, out) == (2, "") and err.startswith(
        "MachineError: HF_HUB_OFFLINE is set, and a push needs the network."
    )
    assert not hub.seen
