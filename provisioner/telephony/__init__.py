"""Values of telephony: numbers, blocks, days, licences, money and the life of a port.  No I/O."""
