"""What did the market do after an event, and is what was written about it true?"""
