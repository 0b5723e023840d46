"""What happens: pure functions from (configuration, state, command) to facts.

`evaluate` is the one door. No I/O, no clock, no chance, no zone data of their own: instants enter
with the command, days come from the `Calendar` that is passed in.
"""
