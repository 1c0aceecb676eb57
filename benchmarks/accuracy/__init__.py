"""Where people are and for how long: the engine beside what others do, on the same pings, with the truth known."""
