"""Signal processing for analog lines: pure functions and detectors, samples in, facts out."""
