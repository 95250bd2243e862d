"""One event, or any instant, against what is normal: windows, their inference and the story they tell."""
