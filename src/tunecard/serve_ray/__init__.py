"""The server as a Ray Serve application: replicas of `tunecard serve`, each of which holds every adapter.

`serve run deploy/ray-serve.yaml` and `serve deploy` take `tunecard.serve_ray:app`. This room must not say what a path
answers: the application over HTTP is the server's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.late_names import late_names

if TYPE_CHECKING:
    from tunecard.serve_ray.application import app as app

__all__ = ["app"]

__getattr__ = late_names(__name__, {"app": "application"})
