"""Built-in checks: each is one function on a source, with a code, a level and a docstring."""
