"""Measuring: labelled data, metrics with their definitions, judges, reports and the comparison with a baseline.

Knows nothing of how answers are made: `flows/evaluate.py` asks the program and hands over what it returned.
"""
