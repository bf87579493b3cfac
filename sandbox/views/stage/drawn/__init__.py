"""The parts of the storyboard, each drawn from its own top left corner, in user units."""
