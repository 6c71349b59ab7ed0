"""`rehearse pipeline`: runs a SageMaker pipeline definition on this machine, without accounts and deployments.

The SageMaker of the embedded AWS on a small AWS of its own: objects are files of a store, calls stay in the process.
"""
