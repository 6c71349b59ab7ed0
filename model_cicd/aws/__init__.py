"""Facts and names of AWS: ARNs, limits of names, partitions and regions, instances, images, policy statements."""
