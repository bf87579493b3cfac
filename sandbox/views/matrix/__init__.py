"""The matrix on show: in a terminal, a notebook, a page, a picture."""
