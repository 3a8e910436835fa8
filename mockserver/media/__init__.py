"""Bytes to facts and facts to bytes. Importing it is cheap: PyAV and numpy come in with the first real work."""
