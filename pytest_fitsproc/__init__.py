"""File processing and FITS headers for astronomical archives, as one pytest plugin."""
