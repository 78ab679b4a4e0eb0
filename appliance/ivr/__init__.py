"""Call flows: a graph of nodes with named exits, run as one coroutine per call."""
