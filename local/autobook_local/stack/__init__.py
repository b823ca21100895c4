"""The production template on one machine: built with the SAM CLI, deployed to MiniStack, with IAM enforced.

`LocalStack` is the way in, for the command line and the end-to-end tests alike.
"""

from autobook_local.stack.errors import StackError
from autobook_local.stack.processes import ProcessId, Supervised
from autobook_local.stack.stack import Deployment, LocalStack
from autobook_local.stack.toolchains import Toolchains

__all__ = ["Deployment", "LocalStack", "ProcessId", "StackError", "Supervised", "Toolchains"]
