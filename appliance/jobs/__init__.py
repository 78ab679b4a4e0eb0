"""Work in processes of its own, beside the calls: import, export, reports."""
