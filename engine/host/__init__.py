"""The shell around the rules: commands in, answers out, time, actors, and the ports below."""
