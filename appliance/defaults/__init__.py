"""What a new box starts with."""
