"""Web forms on public addresses, and what visitors sent by them."""
