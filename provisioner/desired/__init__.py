"""What should be: manifest × porting state × day → resources.  Pure.

desired  = f(manifest, porting state, today)
"""

from provisioner.desired.customer import Desired, desire, switched_on

__all__ = ["Desired", "desire", "switched_on"]
