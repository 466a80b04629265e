"""Admission (A1 to A6, §6): from application to directory."""
