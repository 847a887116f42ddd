"""Guards: what may reach a model, and what may leave. `pipeline.py` is the one that others call."""
