"""The 20 ms tick: mixing, playing and recording. Knows ports and samples; knows no calls, no SQL, no HTTP."""
