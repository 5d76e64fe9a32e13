"""The file format: blocks, cards, safe rewriting, header templates."""
