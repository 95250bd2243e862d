"""The claims of the articles: their SQL files, evaluated on the marts, and the one rule that gives
a verdict.
"""
