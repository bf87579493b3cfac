"""What no story tells, measured by real requests, and what it costs: figures, and no verdict."""
