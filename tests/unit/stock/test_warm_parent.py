"""A fresh process that is forked sees what one that is started anew would see, and knows nothing of tunecard."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tunecard.encoders import BaseFiles
from tunecard.errors import AdapterError
from tunecard.evidence import RunFolder
from tunecard.stock import warm_parent
from tunecard.stock.fresh_process import run_code
from tunecard.stock.warm_parent import ForkedProcess, WarmParent, forked_from, ready_parent

TinyBase = Callable[[str], Path]
SEEN = """
import os, sys
print(__name__, sorted(name.partition(".")[0] for name in sys.modules if name.partition(".")[0] == "tunecard"))
print([name for name in ("torch", "transformers", "peft") if name not in sys.modules])
print(sorted(path for path in os.listdir(".")), os.environ.get("MY_TOKEN"), os.environ.get("PYTHONPATH"))
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """As good as a run folder to a process that only looks around."""
    made = RunFolder(tmp_path / "run")
    made.path.mkdir()
    (made.path / "config.json").write_text("{}")
    return made


@pytest.fixture
def base(tiny_base: TinyBase) -> BaseFiles:
    return BaseFiles("somebody/tiny", tiny_base("bert"), None, False)


def said(folder: RunFolder, base: BaseFiles, code: str) -> list[str]:
    with run_code(folder, base, code) as process:
        return process.result("The code").splitlines()


def is_forked(folder: RunFolder, base: BaseFiles) -> bool:
    with run_code(folder, base, "pass") as process:
        process.result("The code")
        return isinstance(process._process, ForkedProcess)


def test_it_knows_the_three_libraries_its_folder_and_nothing_else(
    one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "src")
    with forked_from(one_warm_parent):
        assert is_forked(folder, base)
        assert said(folder, base, SEEN) == ["__main__ []", "[]", "['config.json'] None None"]


def test_a_base_lies_under_its_id(one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles) -> None:
    code = "import transformers; print(transformers.AutoConfig.from_pretrained('somebody/tiny').model_type)"
    with forked_from(one_warm_parent):
        assert said(folder, base, code) == ["bert"]


def test_another_base_of_the_same_id_takes_the_place_of_the_first(
    one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles, tiny_base: TinyBase
) -> None:
    other = BaseFiles("somebody/tiny", tiny_base("roberta"), None, False)
    code = "import transformers; print(transformers.AutoConfig.from_pretrained('somebody/tiny').model_type)"
    with forked_from(one_warm_parent):
        assert [said(folder, one, code) for one in (base, other, base)] == [["bert"], ["roberta"], ["bert"]]


def test_what_one_process_does_the_next_does_not_see(
    one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles
) -> None:
    code = "import torch; print(getattr(torch, 'mine', None)); torch.mine = 1"
    with forked_from(one_warm_parent):
        assert [said(folder, base, code) for _ in range(2)] == [["None"], ["None"]]


def test_a_failure_is_told_by_its_last_line(one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles) -> None:
    with (
        forked_from(one_warm_parent),
        pytest.raises(AdapterError, match=r"The code failed .*ValueError: no such label"),
    ):
        said(folder, base, "raise ValueError('no such label')")


def folder_of(id: int, parent: WarmParent) -> Path:
    """Where a forked process works, once it has left the folder of its parent."""
    while (place := Path(os.readlink(f"/proc/{id}/cwd"))) == parent.hub.parent.resolve():
        time.sleep(0.01)
    return place


def test_two_processes_answer_at_once(one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles) -> None:
    waits = "import os, time\nwhile not os.path.exists('other'): time.sleep(0.01)\nprint('seen')"
    with forked_from(one_warm_parent), run_code(folder, base, waits) as first:
        place = folder_of(first._process._id, one_warm_parent)  # type: ignore[union-attr]
        with run_code(folder, base, f"open({str(place / 'other')!r}, 'w')") as second:
            second.result("The second")
        assert first.result("The first").strip() == "seen"


def test_a_process_that_is_not_waited_for_is_ended(
    one_warm_parent: WarmParent, folder: RunFolder, base: BaseFiles
) -> None:
    with forked_from(one_warm_parent), run_code(folder, base, "import time; time.sleep(600)") as process:
        id = process._process._id  # type: ignore[union-attr]
        assert process._process.poll() is None
    with pytest.raises(ProcessLookupError):
        os.kill(id, 0)


def test_where_the_parent_was_ended_processes_are_started_anew(folder: RunFolder, base: BaseFiles) -> None:
    parent = WarmParent()
    parent._process.send_signal(signal.SIGKILL)
    with forked_from(parent):
        assert not is_forked(folder, base)
        assert said(folder, base, "print(1)") == ["1"]
    parent.close()


def test_another_environment_is_not_served(one_warm_parent: WarmParent) -> None:
    with forked_from(one_warm_parent):
        assert ready_parent(one_warm_parent.environment) is one_warm_parent
        assert ready_parent({**one_warm_parent.environment, "HOME": "/elsewhere"}) is None
    assert ready_parent(one_warm_parent.environment) is None


def test_one_parent_serves_whoever_stands_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Stand:
        def __init__(self) -> None:
            made.append(1)

        def close(self) -> None:
            made.append(-1)

    monkeypatch.setattr(warm_parent, "WarmParent", Stand)
    monkeypatch.setattr(warm_parent.sys, "platform", "linux")
    with warm_parent.warm_parent(), warm_parent.warm_parent():
        assert made == [1]
    assert made == [1, -1]
    monkeypatch.setattr(warm_parent.sys, "platform", "darwin")
    with warm_parent.warm_parent():
        assert made == [1, -1]
