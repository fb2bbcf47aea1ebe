"""One replica: the server's own application in a process of Ray's, with its health as Ray asks it."""

from __future__ import annotations

from starlette.types import ASGIApp

from tunecard.errors import MachineError
from tunecard.serve_ray.arguments import Arguments
from tunecard.serve_ray.held import Held
from tunecard.serve_ray.peers import for_this_machine
from tunecard.serving.app import build_app


class Replica:
    """Holds every adapter, so that a batch takes rows of all of them and no request must find the right replica."""

    def __init__(self, asked: Arguments) -> None:
        self._held = Held(asked)
        self._asks_token = asked.token_file is not None
        self._computed = 0.0

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """What answers: asked by Ray in the loop that will answer, after the adapters were loaded."""
        self._held.attend()
        app = build_app(self._held.state)
        return app if self._asks_token else for_this_machine(app)

    async def check_health(self) -> None:
        """Asked by Ray, which ends a replica that fails three times in a row and starts another.

        One that is full is well while its rows go on: to end it would send its load to the others.

        Raises: MachineError: a row is not answered as it should, or none is computed.
        """
        if not self._held.state.library.names:
            return  # nothing to answer with is a folder's fault, which no new process mends
        answers = await self._held.state.answers_canary()
        before, self._computed = self._computed, self._held.rows_computed()
        if answers is None:
            answers = self._computed > before
        if not answers:
            raise MachineError("the model does not answer: see the log of this replica.")

    def __del__(self) -> None:
        """Called by Ray when no request is left; one that could not load has nothing to end."""
        if held := vars(self).get("_held"):
            held.end()
