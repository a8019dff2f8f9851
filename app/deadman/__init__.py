"""A second process that watches the bedside program and speaks up when it does not answer."""
