"""What a Space says of its adapter, whatever somebody called it; and its app, which no name can become a part of."""

from __future__ import annotations

import ast
from importlib.resources import files
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tunecard.evidence import Findings, measured
from tunecard.exporting.space.told import GRADIO, page, readme, requirements
from tunecard.tasks import TASKS
from tunecard.version import __version__

APP = files("tunecard.exporting").joinpath("space", "files", "app.py").read_text()
HOSTILE = "x\n---\nsdk: docker\n# <img src=x onerror=alert(1)> {{ 1 }} '''\"\"\""


def findings(**more: Any) -> Findings:
    code = TASKS["text-classification"](("a", "b")).snippet("owner/base", None, (HOSTILE,))
    told = {
        "data.source": HOSTILE, "base_model.id": "owner/base", "base_model.is_local": False, "adapter.title": "LoRA",
        "task.name": "text-classification", "task.labels": ["a", "b"], "start.code": code, **more,
    }  # fmt: skip
    return Findings([measured(id, value) for id, value in told.items()])


def test_the_header_is_the_hubs_and_no_name_ends_it() -> None:
    head = readme(findings(), has_base=False).split("---\n")[1]
    told = yaml.safe_load(head)
    assert (told["sdk"], told["app_file"], told["sdk_version"]) == ("gradio", "app.py", GRADIO)
    assert told["models"] == ["owner/base"] and "sdk: docker" in told["title"] and "\n" not in told["title"]
    assert "<img" not in readme(findings(), has_base=False).split("---\n", 2)[2]
    local = readme(findings(**{"base_model.is_local": True, "base_model.id": "a b"}), has_base=True)
    assert "models" not in yaml.safe_load(local.split("---\n")[1]) and "which lies in `base/`" in local


def test_what_is_installed_is_what_the_space_was_tried_with() -> None:
    wanted = {one.name: one for one in map(Requirement, requirements(findings()).splitlines())}
    assert str(wanted["gradio"].specifier) == f"=={GRADIO}" and str(wanted["tunecard"].specifier) == f"=={__version__}"
    embedded = findings(**{"base_model.id": "sentence-transformers/all-MiniLM-L6-v2"})
    assert wanted["tunecard"].extras == {"train"} and "train,embedded" in requirements(embedded)


@pytest.mark.parametrize(
    ("parts", "boxes"),
    [(("text",), [HOSTILE]), (("text", "choices"), [HOSTILE, ""]), (("text", "text_pair"), [HOSTILE, ""])],
)
def test_an_example_has_a_text_for_each_box(parts: tuple[str, ...], boxes: list[str]) -> None:
    told = page(findings(), parts)
    assert told["examples"] == [boxes] and "\n" not in told["about"] and isinstance(told["limits"], list)


def test_the_app_is_python_and_shows_nothing_unescaped() -> None:
    tree = ast.parse(APP)
    calls = {ast.unparse(one.func) for one in ast.walk(tree) if isinstance(one, ast.Call)}
    assert not calls & {"eval", "exec", "compile", "__import__", "gr.Markdown"}
    shown = [
        one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) == "gr.HTML" and one.args
    ]
    filled = [value.value for call in shown for value in ast.walk(call) if isinstance(value, ast.FormattedValue)]
    assert filled and all("escape(" in ast.unparse(value) for value in filled)
