"""Where the customer is, for who helps, and whether others find it in the directory."""

from provisioner.manifest.types import Boolean, Company, Day, Postcode, Street, Strict, Town


class Location(Strict):
    """Where help goes after an emergency call (FDV, SR 784.101.1, Art. 29 and 30)."""

    street: Street
    """Street and house number where the phones are."""
    postcode: Postcode
    """Swiss postcode, four digits; Liechtenstein and the enclaves have theirs."""
    city: Town
    """Town."""
    confirmed_on: Day | None = None
    """Day on which the customer confirmed to know that help goes there, wherever it calls from."""


class Directory(Strict):
    """The entry in the public directory, as the customer wants it (FMG, SR 784.10, Art. 21)."""

    listed: Boolean
    """true: the customer wants to be in the public directory."""
    name: Company | None = None
    """Name in the directory; default: the company."""
    no_advertising: Boolean | None = None
    """true: marked as a customer who wants no advertising."""
