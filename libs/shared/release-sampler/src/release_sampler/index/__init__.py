"""Reading package indexes: the part that touches the network, behind the extra `release-sampler[index]`."""
