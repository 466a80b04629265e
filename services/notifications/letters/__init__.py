"""What did not arrive by mail, printed and posted by the office (N2, P7)."""
