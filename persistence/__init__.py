"""What survives a crash: the log, the snapshots and their readers, in LMDB."""
