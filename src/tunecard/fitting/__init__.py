"""Simple models fitted in seconds: TF-IDF and vectors to scikit-learn's linear models.

Arrays and texts in, numbers out: this room knows no torch, no task and no files.
"""
