"""What engine and web say to each other: typed messages, one JSON line each, over a unix socket."""
