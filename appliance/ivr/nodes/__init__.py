"""Node kinds, one file each; `appliance/ivr/registry.py` lists them."""
