"""What runs around a promotion: its first stage, and the removal of what promotions made.

The promotion itself is CodePipeline's and CloudFormation's; stacks/promotion.py and stacks/endpoint.py describe it.
"""
