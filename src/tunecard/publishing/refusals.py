"""What the Hub or the line to it answered, as one clear message each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tunecard.errors import DiskFull, HubError, MachineError, TunecardError
from tunecard.evidence.disk_faults import FULL, system_error

NOT_REACHED = {"TransportError", "ConnectionError", "TimeoutError", "TimeoutException", "RequestException"}
SHOWN = 600


@contextmanager
def refusals(repo: str, consequence: str = "Nothing was sent.") -> Iterator[None]:
    """Turns whatever the client raises into a HubError or a MachineError that says what it means for the push."""
    try:
        yield
    except TunecardError:
        raise
    except Exception as error:
        if not is_clients(error):
            raise
        raise refusal(error, repo, consequence) from error


def is_clients(error: BaseException) -> bool:
    """Whether an exception rose outside our own code: from the client, or from the system below it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is None or not str(trace.tb_frame.f_globals.get("__name__")).startswith("tunecard")


def refusal(error: Exception, repo: str, consequence: str) -> TunecardError:
    """The fault for an exception of the client."""
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled

    first = _first_cause(error)
    if isinstance(first, LocalTokenNotFoundError):
        return HubError(
            f"there is no token of the Hub here. Log in with `hf auth login`, or set HF_TOKEN. {consequence}"
        )
    if isinstance(first, OfflineModeIsEnabled):
        return MachineError(f"HF_HUB_OFFLINE is set, and a push needs the network. Unset it. {consequence}")
    if isinstance(first, HfHubHTTPError):
        return _answered(first, repo, consequence)
    if system_error(first) in FULL:
        return DiskFull(f"no space left for what the Hub's client keeps here. Free some space. {consequence}")
    if is_broken_line(error):
        return MachineError(f"the Hub cannot be reached, or the connection broke ({_words(first)}). {consequence}")
    return HubError(f"{repo}: the push failed ({_words(first)}). {consequence}")


def is_broken_line(error: BaseException) -> bool:
    """Whether the connection or the server failed, so that the same may succeed later."""
    status = _status(error)
    kinds = {kind.__name__ for kind in type(_first_cause(error)).__mro__}
    return status >= 500 if status else bool(kinds & NOT_REACHED)


def is_refused(error: BaseException) -> bool:
    """Whether the Hub said no: then nothing was done. Of all other faults nobody knows it."""
    return 400 <= _status(error) < 500


def _status(error: BaseException) -> int:
    """The HTTP status of an answer; 0 where there was none."""
    from huggingface_hub.errors import HfHubHTTPError

    first = _first_cause(error)
    return int(first.response.status_code) if isinstance(first, HfHubHTTPError) else 0


def _answered(error: object, repo: str, consequence: str) -> HubError:
    status = error.response.status_code  # type: ignore[attr-defined]
    said = " ".join((getattr(error, "server_message", None) or "").split())[:SHOWN]
    quoted = f" The Hub says: {said.rstrip('.')}." if said else ""
    meaning = _MEANINGS.get(status) or (
        "has a fault ({status}). Try again later." if status >= 500 else "refuses ({status})."
    )
    return HubError(f"{repo}: the Hub {meaning.format(status=status)}{quoted} {consequence}")


_MEANINGS = {
    400: "refuses what was sent (400). Correct what it names.",
    401: "does not take the token (401). Make one at https://huggingface.co/settings/tokens, then `hf auth login` or "
    "HF_TOKEN, which comes first.",
    402: "asks for payment (402).",
    403: "does not let this token write there (403). Use a token with the permission to write, or another name.",
    404: "has no such repository that this token may see (404). Check the name, or use a token that may see it.",
    409: "has something else of that name, or is busy with it (409). Choose another name, or try again.",
    412: "has had another commit in between (412), which would have been overwritten. Look at it, then push again.",
    413: "finds it too large (413).",
    429: "has had too many requests (429). Try again later.",
}


def _first_cause(error: BaseException) -> BaseException:
    """Below a RuntimeError of the client ("Error while uploading ...") lies what happened."""
    while isinstance(error, RuntimeError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _words(error: BaseException) -> str:
    said = " ".join(str(error).split())[:SHOWN]
    return f"{type(error).__name__}: {said}" if isinstance(error, LookupError) or not said else said
