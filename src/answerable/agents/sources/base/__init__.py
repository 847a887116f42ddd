"""What every source is made of."""
