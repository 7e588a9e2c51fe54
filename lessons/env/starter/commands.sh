# If you hand this lesson in: the docker commands that solved it, one a line.
