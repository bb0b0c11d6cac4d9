"""Values of telephony: numbers, blocks, days, licenses, money and the life of a port.  No I/O."""
