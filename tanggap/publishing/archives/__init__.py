"""Everything that was said officially: found, proved, exported."""
