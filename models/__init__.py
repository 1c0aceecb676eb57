"""What all processes agree on: words, places, features, keys, formats, and the learned artefacts with their maths."""
