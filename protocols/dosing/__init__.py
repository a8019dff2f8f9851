"""The drug: how much, how it is given, what became of every milligram."""
