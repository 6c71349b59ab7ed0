"""What an apply would do: both sides synthesized, compared, and said in words."""
