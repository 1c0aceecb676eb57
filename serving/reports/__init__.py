"""Reports on a store's days: one query each over the lake, as figures, files and plots."""
