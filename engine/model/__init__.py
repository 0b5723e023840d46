"""What things are: frozen values, and the state of one user. Nothing here does anything."""
