"""`tunecard` as a launcher starts it, with a rank that is killed before a step; a script of its own, by torchrun.

    torchrun --nproc-per-node 2 dying_rank.py RANK STEP run RECIPE ...

RANK -1 kills none.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def main() -> int:
    rank, step = int(sys.argv[1]), int(sys.argv[2])
    if os.environ["RANK"] == str(rank):
        from tunecard.training.trainer import Trainer

        take = Trainer.take

        def taking(trainer: Trainer, share: Any) -> Any:
            if share.weight is not None and trainer.result.steps == step:  # of a training that is shared
                os.kill(os.getpid(), signal.SIGKILL)
            return take(trainer, share)

        Trainer.take = taking  # type: ignore[method-assign, assignment]
    from little_effort import little_effort
    from tunecard.cli import main as door

    with little_effort():
        return door(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
