"""A store whose truth is known; it shares no code with the engine or the recommender."""
