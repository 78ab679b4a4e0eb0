"""Words only: typed ids, enums, values and the protocols that floors talk through. No behaviour, no I/O."""
