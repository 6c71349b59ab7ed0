"""GitHub's expressions: `${{ ... }}` of workflow files, read and evaluated without GitHub."""
