"""What people see: every view renders the record, and has a text twin. Only this floor knows widgets and pandas."""
