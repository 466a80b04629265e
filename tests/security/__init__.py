"""Attacks on a whole installation: who may not, gets nothing and learns nothing (promise 9)."""
