"""CodeConnections: connections of an account to the hosts of repositories, and who may use them."""
