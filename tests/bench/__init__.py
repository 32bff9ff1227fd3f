"""`make bench`: the figures of one run, beside the floors of the sticks that BENCH names."""
