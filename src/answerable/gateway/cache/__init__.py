"""Answers given again: exact, by meaning, by conversation; `facade.py` is what a flow uses."""
