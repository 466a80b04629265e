"""The development mailbox: takes all mail and shows it; nothing leaves it.

Local parts of addresses can ask for trouble: `bounce…` is refused with 550, `later-bounce…` is taken and comes back
as a delivery report (RFC 3464), `delivered…` is taken and reported as delivered, `greylist…` gets 451 the first time.
"""
