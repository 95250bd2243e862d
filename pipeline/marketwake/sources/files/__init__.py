"""Files on this machine: the bundled sample, a folder of recorded files, the inbox."""
