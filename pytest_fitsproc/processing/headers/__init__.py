"""Header processors: what is to become of a file's header, and how it gets there."""
