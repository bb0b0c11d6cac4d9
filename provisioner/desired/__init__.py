"""What should be: manifest × porting state × day → resources.  Pure.

desired  = f(manifest, porting state, today)
"""

from provisioner.desired.customer import Desired, Upcoming, desire, switched_on

__all__ = ["Desired", "Upcoming", "desire", "switched_on"]
