"""`make bench`: measures lineup beside its peers and writes docs/performance.md."""
