"""What a study is: its TOML definition, its search space, and which changes it survives."""
