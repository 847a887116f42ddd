"""What several tests need: a small deterministic embedder, a paragraph chunker, an opened write and read path."""
