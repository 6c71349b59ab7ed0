"""CloudFormation of the embedded AWS: its own engine, one provider a resource type; moto's is not used.

`state` is what the API shows, `engine` and what it starts is what runs; `prepare` refuses everything unsupported
before anything is touched.
"""

from rehearsal.cloudformation.service import CloudFormation

__all__ = ["CloudFormation"]
