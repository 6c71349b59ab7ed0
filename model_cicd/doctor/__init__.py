"""`model-cicd doctor`: whether the accounts of a manifest are ready for it, read and never written."""
