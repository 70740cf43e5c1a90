"""What is behind the modules that Workers import: nothing for them to use."""
