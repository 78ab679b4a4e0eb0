"""From metal to "a port that reports signals and exchanges frames"; knows nothing of calls."""
