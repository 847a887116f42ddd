"""What tools share: their shape, the schema of their arguments, the services they are given, HTTP, pages, tables."""
