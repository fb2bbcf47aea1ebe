"""Ray as others use it: a session with one, and how many workers of how many threads there is room for.

Imported only where somebody asked for Ray. What is computed by it stands in `bulk` and `sweeping`.
"""
