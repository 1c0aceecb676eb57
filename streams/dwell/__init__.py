"""The dwell engine: positions in, seconds per zone out. Pure: no Faust, no clock, no file (DESIGN §6)."""
