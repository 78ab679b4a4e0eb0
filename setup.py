"""The one thing `pyproject.toml` cannot say: the signal-processing kernel is C, compiled through cffi."""

from setuptools import setup

setup(cffi_modules=["drivers/dsp/kernel/build.py:ffibuilder"])
