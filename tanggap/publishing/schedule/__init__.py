"""When things are published: the calendar, slots, repetition, moving, the feed."""
