"""Who is told what: from what happened, and from what is due."""
