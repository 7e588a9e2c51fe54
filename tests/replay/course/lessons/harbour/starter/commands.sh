# your commands, one a line
