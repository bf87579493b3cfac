"""The ledger of claims on show: a finding in a notebook, the whole as a table, as files, in a terminal."""
