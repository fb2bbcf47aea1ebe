"""Runs alone: imports stock torch, transformers and peft once, then forks a process of its own for every question.

Nothing of tunecard is imported here. A forked process knows the three libraries and the files of the folder that it is
put in, no more: what it shows holds for every user of them. Heard is a line of JSON, `{"start": {...}}` or
`{"wait": id, "patient": bool}`; answered is one, an id or an exit code (null: it still runs).
"""

import gc
import json
import os
import runpy
import signal
import sys
import traceback

READY = "ready"


def main() -> None:
    gc.disable()  # nothing that is imported is garbage
    import_stock()
    gc.freeze()
    gc.enable()
    tell(READY)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = start(**asked["start"]) if "start" in asked else wait(**asked)
        tell(answer)


def tell(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def import_stock() -> None:
    """What the get-started code of every card imports, and what a head on a base needs."""
    import torch  # noqa: F401
    from peft import PeftModel  # noqa: F401
    from transformers import (  # noqa: F401
        AutoConfig,
        AutoModelForSequenceClassification,
        AutoModelForTokenClassification,
        AutoTokenizer,
    )


def start(arguments: list[str], cwd: str, out: str, err: str) -> int:
    """Forks a process that does what `python -I ARGUMENTS` would."""
    process = os.fork()
    if process == 0:
        os._exit(become(arguments, cwd, out, err))
    return process


def become(arguments: list[str], cwd: str, out: str, err: str) -> int:
    """Its exit code: 0, or 1 with a traceback in `err`."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(cwd)
    for number, path in enumerate((os.devnull, out, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.argv = arguments
    try:
        if arguments[0] == "-c":
            exec(compile(arguments.pop(), "<string>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_path(arguments[0], run_name="__main__")
        code = 0
    except BaseException:  # noqa: BLE001 - whatever ends it is told, as Python itself would
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def wait(wait: int, patient: bool) -> int | None:
    ended, status = os.waitpid(wait, 0 if patient else os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main()
