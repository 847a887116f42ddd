"""What passages state, made comparable: values with units and dates, the thing they are about, and where two differ."""
