"""What each person wishes: channels by kind of message, quiet hours, another address for legal notices (N2)."""
