"""Keyword and vector indexes, one per file: derived from SQL, kept in a folder, always rebuildable."""
