"""Where the server keeps what it must remember. SQLite is the default store."""
