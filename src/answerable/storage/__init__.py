"""Every byte that is kept: SQL by named queries, the writer's lease, uploads. SQL is the truth, indexes are derived."""
