"""What a model may do besides talking: tools, and the box that hands them out."""
