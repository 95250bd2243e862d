"""The charts of a page, one module each: from a warehouse to a picture."""
