"""What the program says about itself: log lines now, metrics and traces when something reads them."""
