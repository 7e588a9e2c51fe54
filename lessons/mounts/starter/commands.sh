# The commands you have used, one a line.
