"""AST's FitsChan: a header as a buffer of cards, with AST objects in the native encoding."""
