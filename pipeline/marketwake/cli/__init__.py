"""The command line, and what it shows in the terminal. Commands import what they need when they
run.
"""
