"""Documents in, grounded passages out: loading, chunking, embedding, indexing, retrieving and citing."""
