"""A class on show: in a terminal, and as a page."""
