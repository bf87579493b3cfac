"""How a check is shown: each criterion with a sign and a word, and what broke it."""
