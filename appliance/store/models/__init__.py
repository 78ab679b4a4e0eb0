"""Tables, one subject a file. Models are bound to no database: each query runs on the connection it is given."""
