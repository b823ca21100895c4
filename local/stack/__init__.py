"""The production template on one machine: built with the SAM CLI, deployed to MiniStack, with IAM enforced.

`LocalStack` is the way in, for the command line and the end-to-end tests alike.
"""

from local.stack.errors import StackError
from local.stack.processes import ProcessId, Tethered
from local.stack.stack import Deployment, LocalStack
from local.stack.toolchains import Toolchains

__all__ = ["Deployment", "LocalStack", "ProcessId", "StackError", "Tethered", "Toolchains"]
