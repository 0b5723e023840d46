"""What a caller can ask for: plain functions from typed requests to typed answers."""
