"""Long questions about all of a history, answered by a process of their own (api/DESIGN.md)."""
