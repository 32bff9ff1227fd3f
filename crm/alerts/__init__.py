"""What a person is told, when, and what became of it."""
