"""Rerankers: one file each, chosen by name (`core/loading.py`)."""
