"""The command line: one file per command group, settings read once here, the embedded stack for demo and tests."""
