"""What is done with sources: the engine, its outcomes, processors, class frequencies, gathered rows."""
