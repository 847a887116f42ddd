"""Models that carry out tasks, one file a provider."""
