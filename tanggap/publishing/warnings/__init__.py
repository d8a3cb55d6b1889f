"""Official warnings (CAP 1.2): read, matched with our areas, made into drafts that follow and end each other."""
