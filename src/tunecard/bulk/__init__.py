"""Prediction by Ray Data: an input in shards, computed on any number of processes and machines, resumed by shards.

What a row's answer is and how columns are written stands in `tunecard.inference`; nothing here is imported before it is
asked for, and only `source.py` and `on_ray` know Ray.
"""
