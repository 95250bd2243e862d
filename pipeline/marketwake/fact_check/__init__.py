"""The claims of the articles: their SQL files, evaluated, and the one rule that gives a verdict."""
