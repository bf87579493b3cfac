"""The three modes: read one beside the story. Each is whole in its file; none knows another."""
