"""What loaders share: limits, decoding, cleaning, the document builder, archives, markup walkers, format choice."""
