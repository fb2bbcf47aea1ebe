"""What Ray Serve calls with the `args` of its YAML: the deployment, with bounds that follow from the server's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ray import serve
from ray.serve import Application

from tunecard.serve_ray.arguments import read_arguments
from tunecard.serve_ray.replica import Replica
from tunecard.serving.limits import Limits

NAME = "tunecard"
SPARE_SECONDS = 10.0  # beyond what an answer may take, so that Ray ends no replica that still answers


def app(args: Mapping[str, Any]) -> Application:
    """Builds the application.

    Args:
        args: `folders` (of adapters, or that hold such, the same on every node), and where wanted `token_file`,
            `base`, `device`, `limits` (any of `serving.limits.Limits`).
    Raises: RecipeError: other arguments, or other values; all of them at once.
    """
    asked = read_arguments(args)
    return bounded(asked.limits)(serve.ingress()(Replica)).bind(asked)


def bounded(limits: Limits) -> Callable[[type], serve.Deployment]:
    """What holds unless the YAML says otherwise.

    Ray queues nothing: the server's own queue takes what comes and says 429 when it is full, and its batches are
    filled from all of it. A stop lasts as long as the slowest answer may.
    """
    return serve.deployment(
        name=NAME,
        max_ongoing_requests=limits.connections,
        max_queued_requests=limits.connections,
        graceful_shutdown_timeout_s=limits.seconds + SPARE_SECONDS,
        graceful_shutdown_wait_loop_s=1.0,
        health_check_period_s=10.0,
        health_check_timeout_s=30.0,
    )
