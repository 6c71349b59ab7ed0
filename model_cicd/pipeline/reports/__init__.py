"""What others are told about a run: GitHub, CI systems that read JUnit or JSON, the shell of a build."""
