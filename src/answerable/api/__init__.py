"""HTTP: the OpenAI wire, our own endpoints beside it, and the web pages. Nothing in here decides anything."""
