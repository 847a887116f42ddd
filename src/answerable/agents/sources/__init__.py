"""Where research looks: a file for each source, its stem is its name. What they share is in `base/`."""
