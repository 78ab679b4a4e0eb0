"""The simulated line card: a fake exchange and fake phones that carry real audio, in real or in virtual time."""
