"""The media library: what is kept, described, cut and seen before it is published."""
