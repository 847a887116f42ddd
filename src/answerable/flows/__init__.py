"""READ FIRST: one file for each thing a user does. The only place where areas meet."""
