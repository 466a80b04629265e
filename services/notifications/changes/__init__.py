"""The changes feed (G4): what became true in a network, thin, in order."""
