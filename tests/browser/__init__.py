"""What is proved in a real browser: Debian's Chromium."""
