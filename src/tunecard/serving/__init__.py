"""Adapters over HTTP: rows of many clients and many adapters through one model together, and a page to try them.

This room must not train, nor write anything.
"""
