"""What a browser on this machine sees: the preview."""
