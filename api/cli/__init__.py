"""The command `laurels`: one file per command, each a thin layer over the in-process interface."""
