"""Pings in, dwell and prompts out, everything into the lake: the gateway and the three workers."""
