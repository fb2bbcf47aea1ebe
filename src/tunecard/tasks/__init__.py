"""What a row means: features, head, loss, decoding, and the code that shows a reader how to use it.

A task is one file and one entry in TASKS. This room must not know how training or scoring is organised.
"""

from tunecard.tasks.encoding import EncodedSplit, collate
from tunecard.tasks.packing import pack_rows, packed_labels
from tunecard.tasks.registry import TASKS, task_for
from tunecard.tasks.task import Task
from tunecard.tasks.truncation import truncation_findings

__all__ = ["TASKS", "EncodedSplit", "Task", "collate", "pack_rows", "packed_labels", "task_for", "truncation_findings"]
