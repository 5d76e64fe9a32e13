"""pytest hooks of the plugin."""
