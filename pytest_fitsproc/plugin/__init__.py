"""The adapter to pytest: the only package here that imports it."""
