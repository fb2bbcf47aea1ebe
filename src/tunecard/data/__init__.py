"""Files or Hub to rows: readers, column and label checks, splits, factors, and what can be counted about them.

This room knows neither models nor tokenizers. The `datasets` library is imported only where a Hub id is opened.
"""

from tunecard.data.clusters import offered_cluster
from tunecard.data.load import load_dataset
from tunecard.data.plan import DataPlan
from tunecard.data.statistics import describe

__all__ = ["DataPlan", "describe", "load_dataset", "offered_cluster"]
