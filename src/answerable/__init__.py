"""Answerable: a self-hosted conversational AI platform whose every answer can be checked.

Read `flows/` first: one file for each thing a user does. The order of imports is in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
