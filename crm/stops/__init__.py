"""Stop for a human: what keeps every automatic message from a customer until somebody called."""
