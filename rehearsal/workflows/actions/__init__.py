"""Stand-ins for the actions that workflows of this project use: each does what the action does, in the job's cage."""
