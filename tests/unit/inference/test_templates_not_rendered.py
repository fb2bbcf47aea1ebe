"""A template that an artifact brings is data: nobody renders it, whatever it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedTokenizerBase

from tiny_adapters import TEXTS, make_adapter
from tiny_models import make_base
from tunecard.inference import load

HOSTILE = "{{ ''.__class__.__mro__[1].__subclasses__() }}{% for x in range(10**12) %}{% endfor %}"


def test_a_template_of_a_tokenizer_is_never_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rendered(*_: Any, **__: Any) -> None:
        raise AssertionError("an artifact's template was rendered")

    base = make_base(tmp_path / "base")
    run = make_adapter(tmp_path / "run", base, "text-classification")
    expected = load(run.path, str(base)).predict(TEXTS[:2])
    for folder in (base, run.path):
        path = folder / "tokenizer_config.json"
        content = json.loads(path.read_text()) if path.is_file() else {}
        path.write_text(json.dumps(content | {"chat_template": HOSTILE}))
        (folder / "chat_template.jinja").write_text(HOSTILE)
    monkeypatch.setattr(PreTrainedTokenizerBase, "apply_chat_template", rendered)
    monkeypatch.setattr("jinja2.Template.render", rendered)
    monkeypatch.setattr("jinja2.Environment.from_string", rendered)
    assert load(run.path, str(base)).predict(TEXTS[:2]) == expected
