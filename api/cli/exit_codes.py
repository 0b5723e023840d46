"""What the command's exit status says; other codes come with the error (`engine.model.errors`)."""

FINE = 0
BAD_INPUT = 2
SOME_REFUSED = 3
DAMAGED = 6
INTERRUPTED = 130

EXPLAINED = {
    0: "fine",
    1: "Laurels itself failed",
    2: "wrong usage, or an input or a name that cannot be used",
    3: "some lines were refused; all others are in",
    4: "the configuration cannot be used",
    5: "the data directory is in use by another process",
    6: "stored data is damaged, or a check of it does not agree",
    7: "the disk is nearly full; nothing was applied that was not reported",
    8: "a write to the disk failed; run the command again, recovery decides",
    10: "no server answers there",
    9: "the installed zone data is not the one that the rules are made for",
    130: "interrupted; the same command goes on where it was stopped",
}
