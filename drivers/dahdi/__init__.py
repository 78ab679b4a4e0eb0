"""Analog line cards under Debian's DAHDI kernel drivers (OpenVox, Digium/Sangoma, Xorcom), without Asterisk."""
