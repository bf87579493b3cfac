"""Those who act: browsers with people before them, and attackers. They know HTTP, and what leaked to them."""
