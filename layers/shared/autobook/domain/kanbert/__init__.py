"""What Kanbert's documents say."""
