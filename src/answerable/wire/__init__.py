"""How the program speaks to other machines: one small HTTP client for all who ask."""
