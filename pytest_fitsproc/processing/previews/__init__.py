"""Previews: what they show, where they belong, and when they are made."""
