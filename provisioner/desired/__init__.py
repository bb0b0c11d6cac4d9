"""What should be: manifest × porting state × day → resources.  Pure.

desired  = f(manifest, porting state, today)
"""

from provisioner.desired.customer import Desired, Upcoming, billed, desire, switched_on

__all__ = ["Desired", "Upcoming", "billed", "desire", "switched_on"]
