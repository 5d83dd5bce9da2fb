"""Work that benchmarks let processes of their own do."""
