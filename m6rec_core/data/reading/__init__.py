"""Any file as a table of texts, with an account of every line that could not be read."""
