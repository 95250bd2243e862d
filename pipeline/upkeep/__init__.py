"""What keeps a warehouse in order for years: backup, compaction of landing, vacuum of versions, migrations."""
