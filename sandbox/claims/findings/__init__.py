"""Verdicts that take more than a few lines: from the figures to a finding, with its tables and charts."""
