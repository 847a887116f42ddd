"""Teams of agents other than the research team: each a small file that says who they are and how they work together."""
