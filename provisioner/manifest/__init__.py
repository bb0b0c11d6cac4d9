"""What people write: customers' manifests, the workspace's configuration, removals."""
