"""`verify` and `audit`: exit codes, and JSON that is alone on stdout."""

from __future__ import annotations

import json
import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from cli_stand_ins import Call

import tunecard.verification
from tunecard.verification import Check, Report

CARD = "---\nlibrary_name: peft\n---\n# Model Card for Tagger\n\n## Uses\n\n### Direct Use\n\nTagging of abstracts.\n"


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Report:
    report = Report((Check("files", True, "2 files"), Check("scores", None, "withheld"), Check("card", False, "[b]x")))
    monkeypatch.setitem(vars(tunecard.verification), "verify", lambda *_: report)
    return report


def test_verify_json_is_one_object_and_nothing_else(call: Call, reported: Report) -> None:
    said = call("verify", "x", "--json")
    assert (said.code, said.err) == (1, "")
    content = json.loads(said.out)
    assert content["ok"] is False
    assert [(check["name"], check["ok"], check["detail"]) for check in content["checks"]] == [
        ("files", True, "2 files"), ("scores", None, "withheld"), ("card", False, "[b]x"),
    ]  # fmt: skip


def test_verify_names_the_failed_check_first(call: Call, reported: Report) -> None:
    said = call("verify", "x")
    assert said.code == 1
    assert [line.split()[0] for line in said.out.splitlines() if line] == [
        "NOT", "Failed", "card", "Not", "scores", "Passed", "hashes",
    ]  # fmt: skip
    assert "[b]x" in said.out  # no mark-up of a folder is interpreted


def test_verify_true_is_code_0(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(tunecard.verification), "verify", lambda *_: Report((Check("scores", None, "withheld"),)))
    assert call("verify", "x").code == 0


def test_a_wish_for_deep_checks_alone_is_bad_usage(call: Call) -> None:
    said = call("verify", "x", "--data", "rows.csv")
    assert (said.code, said.out) == (2, "")
    assert said.err == "RecipeError: --data and --base are for --deep. Add --deep, or leave them out.\n"


def test_a_policy_with_unknown_keys_is_bad_input(call: Call, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("require_signatur: true\nmin: {results.test.f1: high}\n")
    said = call("verify", "x", "--policy", str(tmp_path / "rules.yaml"))
    assert (said.code, said.out) == (2, "")
    assert "require_signatur is not a key. Did you mean 'require_signature'?" in said.err
    assert "min must be a mapping of finding ids to the least value, a number." in said.err


def test_verify_of_nothing_is_bad_input(call: Call) -> None:
    said = call("verify", "nowhere", "--json")
    assert (said.code, said.out) == (2, "")
    assert said.err == "RunFolderError: nowhere: must be a run folder. There is no such folder.\n"


def test_audit_json_is_the_contracts(call: Call, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    said = call("audit", "README.md", "--json")
    assert (said.code, said.err) == (0, "")
    (card,) = json.loads(said.out)["cards"]
    assert set(card) >= {"path", "fields", "filled", "total", "percent", "metadata_errors"}
    assert (card["path"], card["filled"], card["total"]) == ("README.md", 2, 44)
    assert set(card["fields"][0]) == {"field", "section", "state", "filled", "reason"}


def test_audit_fails_under_a_threshold_and_says_which_card(call: Call, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    assert call("audit", "README.md", "--fail-under", "4").code == 0
    said = call("audit", "README.md", "--fail-under", "50.5", "--json")
    assert said.code == 1 and json.loads(said.out)["cards"][0]["filled"] == 2
    assert said.err == "README.md: 4.5 % of the fields are filled; 50.5 % must be.\n"


def test_audit_counts_only_what_is_required(call: Call, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    said = call("audit", "README.md", "--json", "--require", "measured, declared", "--fail-under", "1")
    assert said.code == 1 and json.loads(said.out)["cards"][0]["filled"] == 0
    said = call("audit", "README.md", "--require", "measred")
    assert said.code == 2 and said.err.startswith("DataError: --require takes ") and "'measured'?" in said.err


def test_audit_tells_all_missing_paths_at_once(call: Call) -> None:
    said = call("audit", "a", "b.md", "--json")
    assert (said.code, said.out) == (2, "")
    assert said.err.count("no such file or folder") == 2


def test_json_of_many_cards_is_one_object_printed_as_usual(call: Call, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(CARD)
    (tmp_path / "b" / "README.md").write_bytes(b"\xff")
    said = call("audit", str(tmp_path), "--json", "--fail-under", "1")
    assert said.code == 1
    content = json.loads(said.out)
    assert [card["filled"] for card in content["cards"]] == [2, 0]
    assert said.out == json.dumps(content, indent=2) + "\n"


def test_json_survives_a_path_that_is_no_text(call: Call, tmp_path: Path) -> None:
    folder = Path(str(tmp_path) + "/caf\udce9")
    try:
        folder.mkdir()
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes only text")
    (folder / "README.md").write_text(CARD)
    said = call("audit", str(folder), "--json")
    assert said.code == 0 and json.loads(said.out)["cards"][0]["filled"] == 2


def test_at_a_terminal_an_audit_has_colours_and_no_codes_to_read(tmp_path: Path) -> None:
    """While lines move there, rich has a stream of its own in place of ours."""
    (tmp_path / "README.md").write_text(CARD)
    (tmp_path / "second.md").write_text(CARD)
    for arguments in (["audit", "README.md"], ["audit", "README.md", "second.md"]):
        shown, code = shown_at_a_terminal(arguments, tmp_path)
        assert code == 0 and "44" in shown and "\\x1b" not in shown, shown
    assert "\x1b[1m" in shown_at_a_terminal(["audit", "README.md"], tmp_path)[0]


def shown_at_a_terminal(arguments: list[str], folder: Path) -> tuple[str, int]:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["TERM"] = "xterm-256color"
        for plain in ("CI", "NO_COLOR"):
            os.environ.pop(plain, None)
        os.execv(sys.executable, [sys.executable, "-m", "tunecard", *arguments])
    shown = b""
    with suppress(OSError):  # the child has gone
        while read := os.read(terminal, 65_536):
            shown += read
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
