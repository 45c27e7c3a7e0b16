"""Other repositories, as summaries tell of them: what is in one, how one is made, and what several come to."""
