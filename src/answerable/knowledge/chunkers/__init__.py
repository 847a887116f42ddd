"""Ways to cut a document into chunks, one per file. Sizes are in tokens of the embedding model."""
