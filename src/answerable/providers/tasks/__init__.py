"""Tasks for language models: a prompt file for each, and the code that fills it in."""
