"""The laboratory: Debian's own kernel with its real telephony drivers, booted in QEMU on this machine's own root."""
