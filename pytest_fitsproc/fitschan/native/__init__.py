"""The native encoding: AST objects as cards (SUN/211 §16.5-16.12)."""
