"""What the exports share: the parts of a report in their order, clean text and safe addresses, file names."""
