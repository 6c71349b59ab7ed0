"""The commands for people: what runs where, approve and reject, promote, roll back. They speak to AWS through boto3."""
