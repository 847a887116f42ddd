"""Embedders: one file each, chosen by name (`core/loading.py`). `base` holds the one encoder they share."""
