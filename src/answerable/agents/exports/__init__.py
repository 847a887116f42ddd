"""How a report leaves: a file for each format, its stem is its name. What they share is in `base/`."""
