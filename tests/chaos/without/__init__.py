"""What a process of a run imports first, where a safeguard is to be missing."""
