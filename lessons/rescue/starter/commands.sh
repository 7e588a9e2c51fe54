# The commands of your answer, one a line.
