"""What helps in writing: previews, blocks, remarks, threads, files, the list of content."""
