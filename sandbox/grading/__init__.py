"""Exercises, and their grading by attack."""
