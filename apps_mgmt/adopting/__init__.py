"""From a Deployment that runs to the process that Slipway describes it by, without a field lost on the way. Pure.

`parts` reads an object field by field and remembers what nobody asked for; `containers`, `health`, `security` and
`deployment` say what each field means in a spec; `joining` puts the process into the spec of an app. Whatever a spec
cannot say is refused by name: it would be missing as soon as the app runs on another cluster.
May import `apps_mgmt.spec` and `apps_mgmt.rendering`.
"""

from apps_mgmt.adopting.deployment import Taken, read_deployment
from apps_mgmt.adopting.joining import Adoption, adopted_spec, adoption_in, joined

__all__ = ["Adoption", "Taken", "adopted_spec", "adoption_in", "joined", "read_deployment"]
