"""`make chaos`: everything that can fail does, thousands of times; then the database is read."""
