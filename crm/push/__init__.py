"""Web Push: whose devices can be reached, and how one is."""
