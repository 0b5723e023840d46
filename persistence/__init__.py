"""What survives a crash: the log, what is derived from it, and their readers, in LMDB.

From the bytes up:

    framing                         what a row is
    tables                          what rows lie in: a small port of this folder's own
    environment, lmdb_tables        … on disk
    memory                          … for tests and simulation
    log_reader, log_writer          the engine's port of the log, on any tables
    derived                         the engine's port of the derived data, on any tables
    store                           both, opened together
    directory, directory_lock       a data directory: one writer, any readers

DESIGN.md beside this file says why, and specifies the log's format to the byte.
"""
