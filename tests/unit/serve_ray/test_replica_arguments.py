"""What the YAML of Ray Serve may say, and that the file that we ship says it, commented lines included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunecard.errors import RecipeError
from tunecard.serve_ray.arguments import read_arguments
from tunecard.serving.limits import Limits

YAML = Path(__file__).parents[3] / "deploy" / "ray-serve.yaml"


def shipped(*, is_whole: bool = False) -> dict[str, Any]:
    """The file; `is_whole` with every line that is left out by a comment."""
    text = YAML.read_text(encoding="utf-8")
    content = yaml.safe_load(re.sub(r"(?m)^( +)# (\w+: )", r"\1\2", text) if is_whole else text)
    assert isinstance(content, dict)
    return content


def test_what_is_left_out_is_as_usual() -> None:
    asked = read_arguments({"folders": ["a", "~/b"], "limits": {"queue_rows": 7, "seconds": 5}})
    assert asked.folders == (Path("a"), Path.home() / "b") and asked.token_file is None and asked.device == "auto"
    assert asked.limits == Limits(queue_rows=7, seconds=5.0)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(RecipeError) as told:
        read_arguments(
            {"folder": ["a"], "device": None, "token_file": 3, "limits": {"queue_row": 1, "rows": 0, "seconds": True}}
        )
    said = str(told.value)
    for part in (
        "8 problems in args", "no argument `folder`. Did you mean 'folders'?", "no argument `limits.queue_row`.",
        "`folders` must be a list", "`device` must be a text. Got None", "`token_file` must be a text. Got 3",
        "`limits.rows` must be a whole number over 0. Got 0", "`limits.seconds` must be a number over 0. Got True",
    ):  # fmt: skip
        assert part in said or part == "8 problems in args", part
    for wrong in ({}, {"folders": []}, {"folders": "a"}, {"folders": ["a"], "limits": 3}):
        with pytest.raises(RecipeError):
            read_arguments(wrong)


@pytest.mark.parametrize("is_whole", [False, True])
def test_the_shipped_arguments_are_read(is_whole: bool) -> None:
    (application,) = shipped(is_whole=is_whole)["applications"]
    asked = read_arguments(application["args"])
    assert application["import_path"] == "tunecard.serve_ray:app" and (asked.token_file is not None) is is_whole


def test_the_shipped_seconds_are_in_their_order() -> None:
    """What an answer may take, then how long Ray lets a replica finish, then when Ray's proxy gives up."""
    content = shipped()
    ((deployment,),) = [application["deployments"] for application in content["applications"]]
    seconds = Limits().seconds
    assert seconds < deployment["graceful_shutdown_timeout_s"] < content["http_options"]["request_timeout_s"]
    assert deployment["max_ongoing_requests"] == Limits().connections
    assert content["http_options"]["host"] == "127.0.0.1"


def test_ray_reads_the_shipped_file_and_takes_our_bounds() -> None:
    pytest.importorskip("ray.serve", reason="the extra `ray` is not installed")
    from ray.serve.schema import ServeDeploySchema

    from tunecard.serve_ray import app
    from tunecard.serve_ray.application import NAME, bounded

    for is_whole in (False, True):
        schema = ServeDeploySchema.model_validate(shipped(is_whole=is_whole))
        (application,) = schema.applications
        assert application.deployments[0].name == NAME
        app(application.args)
    deployment = bounded(Limits(seconds=9, connections=11))(type("Bare", (), {}))
    options = deployment._deployment_config
    assert options.graceful_shutdown_timeout_s > 9 and deployment.max_ongoing_requests == 11
    with pytest.raises(RecipeError):
        app({"folders": []})
