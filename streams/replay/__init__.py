"""The dwell engine over pings that lie in files: the same numbers to the bit as the worker's, in bounded memory."""
