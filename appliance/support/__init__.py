"""What belongs to the box itself: first start, self-test, copies, network, backup, updates, vendor support."""
