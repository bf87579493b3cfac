"""The stage: one record, drawn. `picture` says what is to be seen; the widget and the storyboard only draw it."""
