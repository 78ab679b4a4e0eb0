"""Compiled loops that Python would be too slow for; `build.py` tells how to add one."""
