"""What a node does with other nodes: composes the pure parts of `trade.nodes` with the database and the network."""
