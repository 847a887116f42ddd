"""LangGraph's stores of checkpoints, whole in each write: imported on first use, as LangGraph takes a second."""
