"""`model-cicd check`: what is wrong with a manifest or a pipeline, before anything is deployed."""
