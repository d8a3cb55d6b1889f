"""What a text means: pure Python, no Django, no database; usable alone."""
