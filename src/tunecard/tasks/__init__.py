"""What a row means: how it is read, its features, head, decoding, scores, and the code to get started.

A task is one file and one entry in TASKS. This room knows no torch; nobody else in the house asks which task it is.
"""

from tunecard.tasks.registry import TASKS, task_for
from tunecard.tasks.task import Task

__all__ = ["TASKS", "Task", "task_for"]
