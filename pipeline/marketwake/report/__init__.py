"""The HTML page of an event: charts, tables, text."""
