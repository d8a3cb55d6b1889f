"""Content plans and what became of them."""
