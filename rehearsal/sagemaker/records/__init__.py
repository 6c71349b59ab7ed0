"""What SageMaker only keeps: experiments, lineage, images. Nothing runs because of them."""
