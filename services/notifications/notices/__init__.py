"""Who is told what, and the life of each notice (N1, N3, N9)."""
