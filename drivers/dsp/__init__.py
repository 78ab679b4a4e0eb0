"""Signal processing on 8 kHz telephone audio: samples in, facts out. Pure: no I/O, no threads, no clock."""
