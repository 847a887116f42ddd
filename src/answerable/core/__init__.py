"""The words everybody speaks: plain values, typed tasks, the error tree, the ports. No I/O in here."""
