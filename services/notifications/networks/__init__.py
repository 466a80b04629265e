"""What this service knows of networks, members and procedures: ids and dates, fed by facts, never a name."""
