"""What a row means: how it is read, its features, head, decoding, scores, and the code to get started.

A task is one file and one entry in TASKS. This room knows no torch; nobody else in the house asks which task it is.
"""

from tunecard.tasks.registry import TASKS, default_task, recognise, task_for, task_named, task_of, task_of_config
from tunecard.tasks.task import Task

__all__ = ["TASKS", "Task", "default_task", "recognise", "task_for", "task_named", "task_of", "task_of_config"]
